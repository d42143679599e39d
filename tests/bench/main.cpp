// The benchmark's C++ part: training throughput, thread settings and the scene's frames, as JSON on standard output.
// tests/bench/run calls it, adds what is measured of the window, and prints a table; tests/bench/references has it run
// one recipe at a time.
#include "engine/data/open_dataset.h"
#include "engine/recipe/recipe_library.h"
#include "engine/train/tensor_memory.h"
#include "tests/bench/bench.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <iostream>
#include <map>
#include <string>

int main(int argc, char** argv) {
    using namespace convscope;
    CLI::App app("Measures training throughput, thread settings and the scene", "convscope_bench");
    std::string data_option, watched;
    bench::Effort effort;
    bench::Watched watching = bench::Watched::Everything;
    bool scene = false, states = false, twin = false;
    int threads = 0, frames = 300;
    app.add_option("--data", data_option, "as the program's");
    app.add_option("--rounds", effort.rounds);
    app.add_option("--seconds", effort.seconds_per_turn, "of each contestant's turn");
    app.add_option("--threads", threads,
                   "of LibTorch: for the throughput part 2 unless given, for --watched as found by itself");
    app.add_option("--watched", watched, "only this recipe, only one turn, as the window would run it");
    const std::map<std::string, bench::Watched> names{{"nothing", bench::Watched::Nothing},
                                                      {"everything", bench::Watched::Everything},
                                                      {"scene", bench::Watched::Scene},
                                                      {"lay", bench::Watched::Lay}};
    app.add_option("--watching", watching, "with --watched: what is looked at")
        ->transform(CLI::CheckedTransformer(names));
    app.add_flag("--scene", scene, "only the scene's frames, without training");
    app.add_flag("--states", states, "only how long a run's state takes to be taken and put back");
    app.add_flag("--twin", twin, "only what two runs side by side take, to one alone");
    app.add_option("--frames", frames, "with --scene: of each measurement");
    CLI11_PARSE(app, argc, argv);

    keep_tensor_memory();  // as the program does
    if (scene) {
        std::cout << bench::measure_scene_frames(frames).dump(2) << std::endl;
        return 0;
    }

    const auto data = open_dataset(data_option, /*seed=*/0, {});
    if (!data.ok()) {
        std::fprintf(stderr, "%s\n", data.error().message.c_str());
        return 1;
    }
    if (!watched.empty()) {
        const auto recipe = find_recipe(watched);
        if (!recipe.ok()) {
            std::fprintf(stderr, "%s\n", recipe.error().message.c_str());
            return 1;
        }
        std::cout << bench::measure_turn(recipe.value(), data.value(), watching, threads, effort.seconds_per_turn)
                  << std::endl;
        return 0;
    }
    if (states) {
        nlohmann::ordered_json result;
        for (const char* name : {"wide-cnn", "two-block-cnn", "mlp"}) {
            result.push_back(bench::measure_states(find_recipe(name).value(), data.value(), effort));
            result.push_back(bench::measure_going_back(find_recipe(name).value(), data.value(), effort));
        }
        std::cout << result.dump(2) << std::endl;
        return 0;
    }
    if (twin) {
        nlohmann::ordered_json result;
        for (const char* name : {"two-block-cnn", "wide-cnn", "mlp"})
            result.push_back(
                bench::measure_twin(find_recipe(name).value(), data.value(), threads > 0 ? threads : 2, effort));
        std::cout << result.dump(2) << std::endl;
        return 0;
    }
    nlohmann::ordered_json result{{"data", data.value()->info().name}};
    for (const char* name : {"wide-cnn", "two-block-cnn", "mlp"}) {
        const Recipe recipe = find_recipe(name).value();
        result["throughput"].push_back(
            bench::measure_throughput(recipe, data.value(), threads > 0 ? threads : 2, effort));
        result["thread_choice"].push_back(bench::measure_thread_choice(recipe, data.value(), effort));
    }
    std::cout << result.dump(2) << std::endl;
    return 0;
}
