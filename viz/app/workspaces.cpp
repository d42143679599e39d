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
                            {0.20F, panel("data")},
                            {0.15F, panel("minibatch")},
                            {0.15F, panel("lay")}})},
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
        {"lay", "Lay", "Shift L", 0, "Workspace Lay of the data",
         columns({{0.66F, panel("lay")}, {0.34F, rows({{0.56F, panel("probe")}, {0.44F, panel("curves")}})}})},
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

namespace {

struct Rectangle {
    float x = 0.0F;
    float y = 0.0F;
    float width = 0.0F;
    float height = 0.0F;
};

class Placing {
public:
    Placing(float gap, SmallestPlace smallest, std::vector<PanelPlace>& out)
        : gap_(gap), smallest_(smallest), out_(out) {}

    void place(const LayoutNode& layout, const Rectangle& area, int stack = 0) {
        if (!layout.panel.empty()) {
            out_.push_back({layout.panel, area.x, area.y, area.width, area.height, stack});
            return;
        }
        const std::size_t most = stack ? 0 : most_parts(layout, area);
        if (most < 2) {  // all of them in one place
            const int own = stack ? stack : ++stacks_;
            for (const LayoutNode& part : layout.parts) place(part, area, own);
            return;
        }
        // The last place is that of all parts for which there is none of their own.
        const std::size_t count = std::min(most, layout.parts.size());
        float given = 0.0F;  // of the shares
        float start = 0.0F;
        const float length = layout.columns ? area.width : area.height;
        const float room = length - gap_ * static_cast<float>(count - 1);
        const float least = layout.columns ? smallest_.width : smallest_.height;
        for (std::size_t i = 0; i < count; ++i) {
            // Edges follow from sums of shares, so that rounding neither opens gaps nor makes parts overlap.
            given += layout.shares[i];
            const float shift = gap_ * static_cast<float>(i);
            const auto behind = static_cast<float>(count - 1 - i);
            const bool last = i + 1 == count;
            float end = last ? length : std::round(room * given) + shift;
            end = std::clamp(end, std::min(length, start + std::ceil(least)),
                             std::max(start, length - std::floor((least + gap_) * behind)));
            const Rectangle own = layout.columns ? Rectangle{area.x + start, area.y, end - start, area.height}
                                                 : Rectangle{area.x, area.y + start, area.width, end - start};
            if (last && count < layout.parts.size()) {
                const int together = ++stacks_;
                for (std::size_t j = i; j < layout.parts.size(); ++j) place(layout.parts[j], own, together);
            } else {
                place(layout.parts[i], own);
            }
            start = end + gap_;
        }
    }

private:
    std::size_t most_parts(const LayoutNode& layout, const Rectangle& area) const {
        const float least = layout.columns ? smallest_.width : smallest_.height;
        if (least <= 0.0F) return layout.parts.size();
        const float length = layout.columns ? area.width : area.height;
        return static_cast<std::size_t>(std::max(1.0F, std::floor((length + gap_) / (least + gap_))));
    }

    const float gap_;
    const SmallestPlace smallest_;
    std::vector<PanelPlace>& out_;
    int stacks_ = 0;
};

}  // namespace

void place_panels(const LayoutNode& layout, float x, float y, float width, float height, float gap,
                  SmallestPlace smallest, std::vector<PanelPlace>& out) {
    out.clear();
    Placing(gap, smallest, out).place(layout, {x, y, width, height});
}

}  // namespace convscope
