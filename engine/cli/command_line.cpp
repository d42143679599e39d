#include "engine/cli/command_line.h"

#include "engine/api/explanation.h"
#include "engine/cli/option_parts.h"

namespace convscope {

HeadlessCommands::HeadlessCommands(CLI::App& app) {
    train_command_ = app.add_subcommand("train", "train without a window");
    add_run_options(*train_command_, train_.run);
    add_number(*train_command_, "--iterations", train_.iterations, std::int64_t{1}, kMostOfAnything,
               "stop after this many instead of all epochs");
    train_command_->add_flag("--json", train_.json, "one JSON object per line: start, epoch, end");
    train_command_->add_option("--dump", train_.dump, "write the last snapshot's tensors for Python's torch.load")
        ->type_name("FILE.pt");
    add_number(*train_command_, "--print-every", train_.print_every, std::int64_t{1}, kMostOfAnything,
               "print the loss of every so many iterations");
    add_break_option(*train_command_, train_.break_when);

    evaluate_command_ = app.add_subcommand("evaluate", "measure a saved network on a test set");
    add_weights_options(*evaluate_command_, evaluate_.weights);
    evaluate_command_->add_flag("--json", evaluate_.weights.json, "a JSON object");
    evaluate_command_->add_option("--data", evaluate_.data, "as for the window")->type_name("NAME|DIR");
    add_seed_option(*evaluate_command_, evaluate_.seed, "of the drawn digits");

    predict_command_ = app.add_subcommand("predict", "say what a saved network sees in pictures");
    add_weights_options(*predict_command_, predict_.weights);
    predict_command_->add_flag("--json", predict_.weights.json, "JSON, one object per line");
    predict_command_->add_option("images", predict_.images, "PNG, JPEG, WebP, GIF, TIFF or BMP files")
        ->type_name("IMAGE...")
        ->required();
    predict_command_->add_option("--show", predict_.show, "write what the network saw: one PNG, a grid of all pictures")
        ->type_name("FILE.png");

    inspect_command_ = app.add_subcommand("inspect", "say why a saved network takes a picture for what it does");
    add_weights_options(*inspect_command_, inspect_.weights);
    inspect_command_->add_option("--image", inspect_.image, "a PNG, JPEG, WebP, GIF, TIFF or BMP file")
        ->type_name("FILE");
    std::string methods;
    for (const ExplanationMethodRow& row : explanation_methods())
        methods += (methods.empty() ? "" : ", ") + std::string(row.name);
    methods += "; without a picture: top-patches, maximise, projection";
    inspect_command_->add_option("--method", inspect_.method, methods)->type_name("NAME")->required();
    add_number(*inspect_command_, "--class", inspect_.class_index, 0, 1 << 20,
               "whose score is explained, from 0; default: the one that it answers");
    inspect_command_
        ->add_option("--layer", inspect_.layer,
                     "whose maps grad-cam weighs, whose channel is looked at, default: the last convolution; or that "
                     "is projected, default: the one before the last")
        ->type_name("NAME");
    add_number(*inspect_command_, "--channel", inspect_.channel, 0, 1 << 20,
               "of that layer, that top-patches and maximise are about");
    inspect_command_
        ->add_option("--data", inspect_.data,
                     "as of evaluate: whose test pictures top-patches looks through, or are projected")
        ->type_name("NAME|DIR");
    add_number(*inspect_command_, "--patch", inspect_.patch, 1, 1 << 14,
               "side of what occlusion covers, in pixels; default: 6");
    inspect_command_
        ->add_option("--out", inspect_.out,
                     "ends in .pt, .npz or .png (top-patches: .png or .csv; projection: .csv), and is written as that")
        ->type_name("FILE")
        ->required();
    add_seed_option(*inspect_command_, inspect_.seed, "of the drawn digits that are projected");
    inspect_command_->add_option("--layout", inspect_.layout, "of a projection: pca, tsne or umap; default: pca")
        ->type_name("NAME");
    add_number(*inspect_command_, "--dimensions", inspect_.dimensions, 2, 3, "of a projection; default: 2");
    add_number(*inspect_command_, "--count", inspect_.count, 4, 10000, "pictures of a projection; default: 2000");

    export_command_ = app.add_subcommand("export", "write a saved network's weights for other programs");
    add_weights_options(*export_command_, export_.weights);
    export_command_->add_option("--out", export_.file, "ends in .safetensors, .pth or .pt, and is written as that")
        ->type_name("FILE")
        ->required();

    replay_command_ = app.add_subcommand("replay", "live a run again from its journal, and compare the weights");
    replay_command_->add_option("journal", replay_.journal, "a run's folder, or the journal.jsonl in it")
        ->type_name("FILE|DIR")
        ->required();
    add_number(*replay_command_, "--until", replay_.until, std::int64_t{0}, kMostOfAnything,
               "stop at this iteration; default: as far as the journal goes");
    replay_command_->add_option("--data", replay_.data, "where the data lie now; default: where they lay then")
        ->type_name("NAME|DIR");
    add_device_option(*replay_command_, replay_.device);
    replay_command_->add_flag("--json", replay_.json, "one JSON object per line: begun, weights, end");

    fetch_command_ = app.add_subcommand("fetch", "download a public data set");
    fetch_command_->add_option("name", fetch_.name, "mnist, fashion-mnist, kmnist or cifar10")->required();
    fetch_command_->add_option("--to", fetch_.folder, "default: where --data NAME looks for it")->type_name("DIR");
    fetch_command_->add_option("--mirror", fetch_.mirrors, "an address to fetch from instead of the known ones")
        ->type_name("URL")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    add_number(*fetch_command_, "--stall-seconds", fetch_.stall_seconds, 1, 3600,
               "a connection that stands still for so long is given up")
        ->default_str(std::to_string(fetch_.stall_seconds));
    fetch_command_->add_flag("--json", fetch_.json, "one JSON object per line");

    recipes_command_ = app.add_subcommand("recipes", "list the built-in recipes, or print one");
    CLI::Option* show =
        recipes_command_->add_option("--show", recipes_.show, "print this recipe's file")->type_name("NAME|FILE");
    add_set_option(*recipes_command_, recipes_.set, "print it with another value of a setting")->needs(show);
}

std::string HeadlessCommands::idle_option() const {
    if (!*train_command_) return {};
    return find_idle_option(*train_command_, /*kept=*/!train_.run.out.empty() || !train_.run.resume.empty());
}

std::optional<HeadlessCommand> HeadlessCommands::chosen() const {
    if (*train_command_) {
        TrainOptions train = train_;
        train.run.of_new_runs = options_of_new_runs(*train_command_);
        return train;
    }
    if (*evaluate_command_) return evaluate_;
    if (*predict_command_) return predict_;
    if (*inspect_command_) return inspect_;
    if (*export_command_) return export_;
    if (*replay_command_) return replay_;
    if (*fetch_command_) return fetch_;
    if (*recipes_command_) return recipes_;
    return std::nullopt;
}

}  // namespace convscope
