#include "viz/panels/by_hand_panel.h"
#include "viz/panels/confusion_panel.h"
#include "viz/panels/control_panel.h"
#include "viz/panels/curves_panel.h"
#include "viz/panels/data_panel.h"
#include "viz/panels/diagnosis_panel.h"
#include "viz/panels/feature_maps_panel.h"
#include "viz/panels/filters_panel.h"
#include "viz/panels/lay_panel.h"
#include "viz/panels/loss_slice_panel.h"
#include "viz/panels/minibatch_panel.h"
#include "viz/panels/mistakes_panel.h"
#include "viz/panels/network_panel.h"
#include "viz/panels/pad_panel.h"
#include "viz/panels/panel.h"
#include "viz/panels/performance_panel.h"
#include "viz/panels/probe_panel.h"
#include "viz/panels/quality_panel.h"
#include "viz/panels/scene_panel.h"
#include "viz/panels/unit_panel.h"
#include "viz/panels/why_panel.h"

namespace convscope {

namespace {

template <typename PanelType>
std::unique_ptr<Panel> make() {
    return std::make_unique<PanelType>();
}

}  // namespace

std::span<const PanelKind> panel_kinds() {
    static constexpr PanelKind kAll[] = {
        {make<ScenePanel>, {}, Twinned::Difference},
        {make<ControlPanel>, {0.01F, 0.16F, 0.24F, 0.50F}, Twinned::Alone},
        {make<ProbePanel>, {0.01F, 0.16F, 0.24F, 0.56F}, Twinned::Difference},
        {make<PadPanel>, {0.70F, 0.16F, 0.28F, 0.70F}, Twinned::No},
        {make<WhyPanel>, {0.62F, 0.10F, 0.36F, 0.64F}},
        {make<LayPanel>, {0.50F, 0.10F, 0.46F, 0.74F}},
        {make<CurvesPanel>, {0.26F, 0.06F, 0.38F, 0.34F}, Twinned::No},
        {make<LossSlicePanel>, {0.66F, 0.06F, 0.32F, 0.40F}},
        {make<MinibatchPanel>, {0.01F, 0.16F, 0.30F, 0.62F}},
        {make<NetworkPanel>, {0.26F, 0.06F, 0.44F, 0.40F}},
        {make<FeatureMapsPanel>, {0.40F, 0.30F, 0.44F, 0.50F}, Twinned::Difference},
        {make<FiltersPanel>, {0.40F, 0.30F, 0.44F, 0.50F}, Twinned::Difference},
        {make<UnitPanel>, {0.66F, 0.08F, 0.32F, 0.80F}},
        {make<ByHandPanel>, {0.70F, 0.10F, 0.28F, 0.72F}},
        {make<DiagnosisPanel>, {0.64F, 0.10F, 0.34F, 0.56F}},
        {make<ConfusionPanel>, {0.62F, 0.08F, 0.37F, 0.60F}, Twinned::Difference},
        {make<MistakesPanel>, {0.30F, 0.20F, 0.40F, 0.66F}},
        {make<QualityPanel>, {0.66F, 0.40F, 0.32F, 0.50F}},
        {make<DataPanel>, {0.34F, 0.20F, 0.50F, 0.60F}, Twinned::No},
        {make<PerformancePanel>, {0.01F, 0.16F, 0.22F, 0.50F}, Twinned::No},
    };
    return kAll;
}

}  // namespace convscope
