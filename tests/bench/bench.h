// What the benchmark's parts share. Every part measures its contestants interleaved in one run and reports medians,
// because machines are noisy and shared: the ratios are what counts.
#pragma once

#include "engine/api/dataset.h"
#include "engine/api/recipe.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <vector>

namespace convscope::bench {

struct Effort {
    int rounds = 5;
    double seconds_per_turn = 2.0;
};

inline double median(std::vector<double> values) {
    if (values.empty()) return 0.0;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
}

// A data set's training split with next to no test pictures, so that no evaluation falls into a measurement.
std::shared_ptr<const Dataset> training_only(std::shared_ptr<const Dataset> data);
// One of which neither the run's end nor an evaluation falls into a measurement.
Recipe without_end(Recipe recipe);

// The loop of LibTorch's tutorials: the data as float tensors in memory, a random order, modules, LibTorch's optimizer.
class TextbookLoop {
public:
    TextbookLoop(const Recipe& recipe, const Dataset& data);
    ~TextbookLoop();
    // Trains for about that long on the calling thread; returns samples per second.
    double run(double seconds);

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Textbook loop / session unwatched / watched by a 60 Hz reader / capturing every iteration; and what a capture and a
// publication cost.
nlohmann::ordered_json measure_throughput(const Recipe& recipe, std::shared_ptr<const Dataset> data, int threads,
                                          const Effort& effort);

// What the window shows meanwhile.
enum class Watched {
    Nothing,     // it is minimised
    Everything,  // every activation, weight and gradient, read at 60 Hz
    Scene,       // the scene, drawn at 60 Hz on a null device while the camera moves
    Lay,         // where 2,000 test pictures lie, by PCA
};

// A session as the window has it; 0 threads: found by itself, as there. One turn: whoever compares it with something
// else takes the turns. Says "samples_per_second", and of the scene what its frames cost the UI thread and what
// watching costs the trainer.
nlohmann::ordered_json measure_turn(const Recipe& recipe, std::shared_ptr<const Dataset> data, Watched watched,
                                    int threads, double seconds);

// The four fixed thread settings against the one that a session finds by itself.
nlohmann::ordered_json measure_thread_choice(const Recipe& recipe, std::shared_ptr<const Dataset> data,
                                             const Effort& effort);

// How long a run's state takes to be taken out, and to be put back.
nlohmann::ordered_json measure_states(const Recipe& recipe, std::shared_ptr<const Dataset> data, const Effort& effort);
// What keeping states costs training, and how long it takes to go to a kept one and to any of the last epoch.
nlohmann::ordered_json measure_going_back(const Recipe& recipe, std::shared_ptr<const Dataset> data,
                                          const Effort& effort);

// What an iteration of two runs side by side takes, to one of a run alone.
nlohmann::ordered_json measure_twin(const Recipe& recipe, std::shared_ptr<const Dataset> data, int threads,
                                    const Effort& effort);

// The UI thread's CPU time per frame of the scene on a null device, while all that is seen changes with every frame and
// the camera moves: networks of three sizes from far away and near; draw calls, bytes uploaded and maps in view beside.
nlohmann::ordered_json measure_scene_frames(int frames);

}  // namespace convscope::bench
