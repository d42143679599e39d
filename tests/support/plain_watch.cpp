// What of a plain network there is to be looked at.
#include "tests/support/plain_trainer.h"

namespace convscope {

WatchSet watch_everything() {
    WatchSet watch;
    watch.add({TensorKind::Input, kInputLayer});
    for (std::int32_t i = 0; i < 3; ++i)
        for (const TensorKind kind : {TensorKind::Activation, TensorKind::Weight, TensorKind::Bias,
                                      TensorKind::WeightGradient, TensorKind::BiasGradient, TensorKind::WeightUpdate})
            if (kind == TensorKind::Activation || i != 1) watch.add({kind, LayerId{i}});
    watch.probe = true;
    watch.layer_statistics = true;
    watch.test_confusion = true;
    watch.test_probabilities = true;
    watch.batch_confusion = true;
    watch.loss_slice = true;
    watch.loss_surface = true;
    return watch;
}

WatchSet watch_phases() {
    WatchSet watch = watch_everything();
    watch.phases = true;
    watch.add({TensorKind::PassActivation, kInputLayer});
    for (std::int32_t i = 0; i < 3; ++i)
        for (const TensorKind kind : {TensorKind::PassActivation, TensorKind::PassGradient})
            watch.add({kind, LayerId{i}});
    return watch;
}

}  // namespace convscope
