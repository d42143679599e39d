// The examination behind diagnose(): which checks there are, and what they share. For the files that hold them.
#pragma once

#include "viz/view/diagnosis.h"

namespace convscope {

bool ends_in_softmax(const Recipe& recipe);

// What guessing costs, and what a network costs that is always right and sure.
struct LossScale {
    double guess = 0.0;
    double floor = 0.0;
    double span() const { return guess - floor; }
    double share_left(double loss) const { return (loss - floor) / span(); }
};
LossScale scale_of(const Recipe& recipe);

class Examination {
public:
    Examination(const Evidence& evidence, Diagnosis& out)
        : e_(evidence), out_(out), recipe_(evidence.run->recipe), scale_(scale_of(recipe_)) {}

    void all();

private:
    // More than this share of what there is to learn is still to be learned.
    static constexpr double kMuchToLearn = 0.5;
    static constexpr double kScheduled = 0.1;  // of the set rate: less is the schedule's own wish
    static constexpr double kFaster = 10.0;

    // training_checks.cpp: of the loss, the recipe and the data.
    void not_a_number();
    void recipe_and_data();
    void normalisation();
    void shuffling();
    void small_batch();
    bool sorted_by_class() const;
    bool rate_too_high();
    void slow(bool vanished);
    void overfitting();
    // Dropout, augmentation and noise make the training pictures harder than they are.
    bool wrong_labels();

    // layer_checks.cpp: of the layers, and of what they answer.
    void dead_units();
    void saturated_units();
    // Whether the first layer gets next to nothing.
    bool gradients();
    bool vanishing(const LayerEvidence& first, const LayerEvidence& last);
    void exploding(const LayerEvidence& layer);
    void update_ratio(bool vanished);
    void units_alike();
    void class_never_predicted();

    void checked(Check check) { out_.checked.set(static_cast<std::size_t>(check)); }
    const char* name(LayerId layer) const {
        return e_.run->network.layers[static_cast<std::size_t>(layer.index)].spec.name.c_str();
    }
    LayerKind kind(LayerId layer) const {
        return e_.run->network.layers[static_cast<std::size_t>(layer.index)].spec.kind;
    }
    double rate() const { return e_.settings.learning_rate; }

    // The sentence is formatted as by printf.
    [[gnu::format(printf, 6, 7)]] Finding& find(Check check, Gravity gravity, const char* meaning, const char* advice,
                                                const char* format, ...);
    [[gnu::format(printf, 3, 4)]] static void offer(Finding& finding, Remedy remedy, const char* format, ...);
    void offer_slower(Finding& finding) const;
    void offer_first_values(Finding& finding, LayerId layer) const;

    const Evidence& e_;
    Diagnosis& out_;
    const Recipe& recipe_;
    const LossScale scale_;
};

}  // namespace convscope
