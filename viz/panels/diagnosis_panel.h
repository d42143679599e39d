// What is wrong with the run, in words: what was found, by which numbers, what it means, and a button for what helps.
#pragma once

#include "viz/panels/panel.h"
#include "viz/view/diagnosis.h"
#include "viz/view/diagnosis_evidence.h"

#include <cstdint>

namespace convscope {

class DiagnosisPanel final : public Panel {
public:
    std::string_view id() const override { return "diagnosis"; }
    std::string_view title() const override { return "Diagnosis"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    void look(FrameContext& context, const Snapshot& snapshot);
    void draw_finding(FrameContext& context, const Snapshot& snapshot, const Finding& finding);
    void draw_buttons(FrameContext& context, const Snapshot& snapshot, const Finding& finding);
    void draw_waiting(const FrameContext& context);

    // What evidence comes of: while all of it is the same, there is nothing new to judge.
    struct Source {
        RunId run;
        CommandId applied;
        std::int64_t iteration = 0;
        std::int64_t captured = 0;  // the iterations of all that is captured, added up; likewise of the next
        std::int64_t measured = 0;
        std::int64_t told = 0;  // measurements, marks and losses
        bool operator==(const Source&) const = default;
    };
    static Source source_of(const Snapshot& snapshot, const MetricHistory& history);

    // Made anew a few times a second at most.
    Evidence evidence_;
    Diagnosis diagnosis_;
    Source looked_;
    double looked_at_ = -1.0;  // seconds
};

}  // namespace convscope
