#include "tests/support/probe_contract.h"

#include "tests/support/catch.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace convscope {

void require_probes_to_be_obeyed(const std::function<std::shared_ptr<const Snapshot>(Command)>& apply) {
    const auto probe = [&](ProbeSource source) { return apply(command::SetProbe{std::move(source)}); };
    const auto require_held = [](const Snapshot& snapshot, const HeldPicture& held) {
        REQUIRE(snapshot.seen.probe.source == ProbeSource{held});
        REQUIRE(snapshot.chosen == held);
        REQUIRE(snapshot.seen.probe.label >= 0);
        REQUIRE(snapshot.seen.probe.iteration == snapshot.iteration);
    };
    const std::shared_ptr<const Snapshot> first = probe(HeldPicture{Split::Train, 12});
    require_held(*first, {Split::Train, 12});
    const std::int64_t count = first->run_info->data.test_count;
    require_held(*probe(HeldPicture{Split::Test, count + 3}), {Split::Test, 3});
    require_held(*probe(HeldPicture{Split::Test, -1}), {Split::Test, count - 1});

    const HeldPicture chosen{Split::Test, 8};
    require_held(*probe(chosen), chosen);
    const auto batch = probe(BatchSample{});
    REQUIRE(batch->seen.probe.from_batch());
    REQUIRE(batch->seen.probe.label >= 0);
    REQUIRE(batch->chosen == chosen);

    const auto picture = [](std::int64_t bytes, std::uint64_t id) {
        return OwnPicture{
            std::make_shared<const std::vector<std::uint8_t>>(static_cast<std::size_t>(bytes), std::uint8_t{0}), id};
    };
    const std::int64_t bytes = first->run_info->network.input_shape.element_count();
    const OwnPicture own = picture(bytes, 7);
    const auto shown = probe(own);
    REQUIRE(shown->seen.probe.source == ProbeSource{own});
    REQUIRE(shown->seen.probe.label == -1);
    REQUIRE(shown->seen.probe.iteration == shown->iteration);
    REQUIRE_FALSE(shown->seen.probe.probabilities.empty());
    REQUIRE(shown->chosen == chosen);
    for (const OwnPicture& wrong : {picture(bytes - 1, 8), picture(bytes * 3, 9), OwnPicture{nullptr, 10}}) {
        const auto refused = probe(wrong);
        REQUIRE(refused->seen.probe.source == ProbeSource{own});
        REQUIRE(refused->seen.probe.probabilities == shown->seen.probe.probabilities);
    }

    const auto fresh = apply(command::Reset{.seed = 5});  // another run, with the same input
    REQUIRE(fresh->seen.probe.source == ProbeSource{own});
    REQUIRE(fresh->seen.probe.label == -1);
    REQUIRE(fresh->chosen == chosen);

    const auto sought = apply(command::SeekClass{1, 1});  // goes on from what was chosen
    REQUIRE(sought->seen.probe.source == ProbeSource{sought->chosen});
    REQUIRE(sought->seen.probe.label == 1);
    REQUIRE(sought->chosen.split == chosen.split);
    REQUIRE(sought->chosen.index > chosen.index);
}

}  // namespace convscope
