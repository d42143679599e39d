# Completes convscope's commands and options; what there is of them, the program says itself.
_convscope() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' help
  [[ $COMP_CWORD -gt 1 && ${COMP_WORDS[1]} != -* ]] && command=${COMP_WORDS[1]}
  case $before in
    --recipe)
      mapfile -t COMPREPLY < <(compgen -W "$("$1" recipes 2> /dev/null | sed -n 's/^ *\([a-z0-9-]*\).*/\1/p')" -- "$word"; compgen -f -- "$word")
      return ;;
    --data | --resume | --checkpoint | --out | --screenshot | --report | --image)
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return ;;
  esac
  if [[ $word == -* ]]; then
    help=$("$1" ${command:+"$command"} --help 2> /dev/null)
    mapfile -t COMPREPLY < <(compgen -W "$(grep -oE -- '(^ +|,)--[a-z-]+' <<< "$help" | tr -d ' ,')" -- "$word")
  elif [[ $COMP_CWORD -eq 1 ]]; then
    help=$("$1" --help 2> /dev/null)
    mapfile -t COMPREPLY < <(compgen -W "$(sed -n '/^subcommands:/I,$s/^  \([a-z]*\) .*/\1/p' <<< "$help")" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}
complete -o filenames -F _convscope convscope
