// CMake precompiles a target's header only where a file of that target uses it: this one does.
