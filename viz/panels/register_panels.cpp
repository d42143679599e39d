#include "viz/panels/confusion_panel.h"
#include "viz/panels/control_panel.h"
#include "viz/panels/curves_panel.h"
#include "viz/panels/data_panel.h"
#include "viz/panels/feature_maps_panel.h"
#include "viz/panels/filters_panel.h"
#include "viz/panels/network_panel.h"
#include "viz/panels/panel.h"
#include "viz/panels/performance_panel.h"
#include "viz/panels/probe_panel.h"
#include "viz/panels/scene_panel.h"

namespace convscope {

std::vector<std::unique_ptr<Panel>> make_panels() {
    std::vector<std::unique_ptr<Panel>> panels;
    panels.push_back(std::make_unique<ScenePanel>());
    panels.push_back(std::make_unique<ControlPanel>());
    panels.push_back(std::make_unique<CurvesPanel>());
    panels.push_back(std::make_unique<NetworkPanel>());
    panels.push_back(std::make_unique<FeatureMapsPanel>());
    panels.push_back(std::make_unique<FiltersPanel>());
    panels.push_back(std::make_unique<ConfusionPanel>());
    panels.push_back(std::make_unique<ProbePanel>());
    panels.push_back(std::make_unique<DataPanel>());
    panels.push_back(std::make_unique<PerformancePanel>());
    return panels;
}

}  // namespace convscope
