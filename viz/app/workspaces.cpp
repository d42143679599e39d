#include "viz/app/workspaces.h"

#include "viz/view/settings.h"

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

LayoutNode panel(std::string_view id) { return {id, false, {}, {}}; }

struct Part {
    float share;
    LayoutNode node;
};

LayoutNode split(bool columns, std::vector<Part> parts) {
    LayoutNode node{{}, columns, {}, {}};
    for (Part& part : parts) {
        node.shares.push_back(part.share);
        node.parts.push_back(std::move(part.node));
    }
    return node;
}

LayoutNode columns(std::vector<Part> parts) { return split(true, std::move(parts)); }
LayoutNode rows(std::vector<Part> parts) { return split(false, std::move(parts)); }

std::vector<Workspace> make_workspaces() {
    return {
        {"overview", "Overview", "F2", 2, "Workspace Overview",
         columns({{0.24F, rows({{0.485F, panel("control")}, {0.515F, panel("probe")}})},
                  {0.42F, rows({{0.60F, panel("feature-maps")}, {0.40F, panel("filters")}})},
                  {0.34F, rows({{0.44F, panel("curves")}, {0.56F, panel("confusion")}})}})},
        {"features", "Features", "F3", 3, "Workspace Features",
         columns({{0.36F, rows({{0.50F, panel("network")}, {0.50F, panel("probe")}})},
                  {0.64F, rows({{0.52F, panel("feature-maps")}, {0.48F, panel("filters")}})}})},
        {"training", "Training", "F4", 4, "Workspace Training",
         columns(
             {{0.24F, panel("control")},
              {0.76F,
               rows({{0.46F,
                      columns({{0.38F, panel("curves")}, {0.31F, panel("loss-slice")}, {0.31F, panel("diagnosis")}})},
                     {0.54F, columns({{0.36F, panel("confusion")},
                                      {0.32F, panel("network")},
                                      {0.32F, panel("performance")}})}})}})},
        {"all", "All", "F5", 5, "Workspace All: every panel",
         columns(
             {{0.23F, rows({{0.36F, panel("control")}, {0.32F, panel("performance")}, {0.32F, panel("loss-slice")}})},
              {0.27F, rows({{0.25F, panel("feature-maps")},
                            {0.25F, panel("filters")},
                            {0.25F, panel("data")},
                            {0.25F, panel("minibatch")}})},
              {0.25F, rows({{0.25F, panel("curves")},
                            {0.25F, panel("network")},
                            {0.25F, panel("by-hand")},
                            {0.25F, panel("why")}})},
              {0.25F, rows({{0.25F, panel("confusion")},
                            {0.25F, panel("probe")},
                            {0.25F, panel("pad")},
                            {0.25F, panel("diagnosis")}})}})},
        {"data", "Data", "F6", 6, "Workspace Data",
         columns({{0.62F, panel("data")}, {0.38F, rows({{0.50F, panel("probe")}, {0.50F, panel("feature-maps")}})}})},
        {"scene", "Scene", "F9", 9, "Workspace Scene", panel("scene")},
        {"by-hand", "By hand", "F10", 10, "Workspace By hand",
         columns(
             {{0.28F, panel("by-hand")},
              {0.42F, rows({{0.36F, panel("feature-maps")}, {0.32F, panel("filters")}, {0.32F, panel("diagnosis")}})},
              {0.30F, rows({{0.44F, panel("curves")}, {0.56F, panel("confusion")}})}})},
        {"minibatch", "Minibatch", "N", 0, "Workspace Minibatch",
         columns({{0.38F, panel("minibatch")},
                  {0.34F, rows({{0.56F, panel("feature-maps")}, {0.44F, panel("filters")}})},
                  {0.28F, rows({{0.56F, panel("probe")}, {0.44F, panel("curves")}})}})},
        {"draw", "Draw", "J", 0, "Workspace Draw: a digit of your own",
         columns({{0.36F, panel("pad")},
                  {0.36F, rows({{0.62F, panel("why")}, {0.38F, panel("feature-maps")}})},
                  {0.28F, rows({{0.56F, panel("probe")}, {0.44F, panel("curves")}})}})},
    };
}

}  // namespace

std::span<const Workspace> workspaces() {
    static const std::vector<Workspace> all = make_workspaces();
    return all;
}

bool shows_scene(const Settings& settings) {
    return workspaces()[static_cast<std::size_t>(settings.workspace)].id == "scene";
}

Result<int> find_workspace(std::string_view id) {
    std::string known;
    const std::span<const Workspace> all = workspaces();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].id == id) return static_cast<int>(i);
        known += (i ? ", " : "") + std::string(all[i].id);
    }
    return Error{ErrorCode::NotFound,
                 "--workspace " + std::string(id) + ": there is no such workspace; choose one of " + known};
}

static bool has_panel(const LayoutNode& layout, std::string_view id) {
    return layout.panel == id || std::any_of(layout.parts.begin(), layout.parts.end(),
                                             [id](const LayoutNode& part) { return has_panel(part, id); });
}

std::optional<int> workspace_with(std::string_view panel, int preferred) {
    const std::span<const Workspace> all = workspaces();
    if (has_panel(all[static_cast<std::size_t>(preferred)].layout, panel)) return preferred;
    std::optional<int> found;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!has_panel(all[i].layout, panel)) continue;
        if (all[i].id != "all") return static_cast<int>(i);
        found = static_cast<int>(i);
    }
    return found;
}

static void place(const LayoutNode& layout, float x, float y, float width, float height, float gap,
                  std::vector<PanelPlace>& out) {
    if (!layout.panel.empty()) {
        out.push_back({layout.panel, x, y, width, height});
        return;
    }
    // Edges follow from sums of shares, so that rounding neither opens gaps nor makes parts overlap.
    const float room = (layout.columns ? width : height) - gap * static_cast<float>(layout.parts.size() - 1);
    float sum = 0.0F;
    for (std::size_t i = 0; i < layout.parts.size(); ++i) {
        const float shift = gap * static_cast<float>(i);
        const float start = std::round(room * sum) + shift;
        sum += layout.shares[i];
        const bool last = i + 1 == layout.parts.size();
        const float end = last ? (layout.columns ? width : height) : std::round(room * sum) + shift;
        if (layout.columns)
            place(layout.parts[i], x + start, y, end - start, height, gap, out);
        else
            place(layout.parts[i], x, y + start, width, end - start, gap, out);
    }
}

void place_panels(const LayoutNode& layout, float x, float y, float width, float height, float gap,
                  std::vector<PanelPlace>& out) {
    out.clear();
    place(layout, x, y, width, height, gap, out);
}

}  // namespace convscope
