#include "engine/train/studies.h"

#include "engine/train/maximising.h"
#include "engine/train/picture_studies.h"

#include <string>
#include <utility>

namespace convscope {
namespace {

using Begun = Result<std::unique_ptr<JobWork>>;

struct Beginner {
    StudiedState& state;

    Begun operator()(const TopPatchesQuestion&) const {
        if (Result<void> there = check_test_pictures(); !there.ok()) return there.error();
        return std::unique_ptr<JobWork>(std::make_unique<FindingTopPatches>(std::move(state)));
    }
    Begun operator()(const ActivationHistogramQuestion& question) const {
        if (question.pictures == HistogramPictures::TestSet) {
            if (Result<void> there = check_test_pictures(); !there.ok()) return there.error();
        } else if (!state.minibatch.defined()) {
            return Error{ErrorCode::InvalidArgument,
                         "There is no minibatch yet: let an iteration be trained, then its activations are there"};
        }
        return std::unique_ptr<JobWork>(std::make_unique<CountingActivations>(std::move(state), question));
    }
    Begun operator()(const MaximisedInputQuestion& question) const {
        return std::unique_ptr<JobWork>(std::make_unique<Maximising>(std::move(state), question));
    }
    Begun operator()(const FilterBiographyQuestion&) const {
        return Error{ErrorCode::InvalidArgument,
                     "A filter's biography is told by its run: one network by itself has no past"};
    }

    Result<void> check_test_pictures() const {
        if (state.data && state.data->size(Split::Test) > 0) return {};
        return Error{ErrorCode::InvalidArgument,
                     "There are no test pictures to look through: open data that have some"};
    }
};

}  // namespace

Begun begin_study(StudiedState state, const JobQuestion& question) { return std::visit(Beginner{state}, question); }

}  // namespace convscope
