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

    // Made a few times a second, where there is another snapshot to judge.
    Evidence evidence_;
    Diagnosis diagnosis_;
    RunId looked_run_;
    std::uint64_t looked_sequence_ = 0;
    double looked_at_ = -1.0;  // seconds
};

}  // namespace convscope
