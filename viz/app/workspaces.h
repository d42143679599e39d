// Arrangements of panels: each a tree of splits at fixed shares of the window. Pure.
#pragma once

#include "engine/core/result.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// A panel, or parts beside (columns) or above each other (rows), each with its share of the whole.
struct LayoutNode {
    std::string_view panel;  // a panel's id; empty: has parts
    bool columns = false;
    std::vector<float> shares;  // sum to 1
    std::vector<LayoutNode> parts;
};

struct Workspace {
    std::string_view id;     // "overview": what --workspace takes
    std::string_view title;  // "Overview"
    LayoutNode layout;
};

struct PanelPlace {
    std::string_view panel;
    float x = 0.0F;
    float y = 0.0F;
    float width = 0.0F;
    float height = 0.0F;
};

// In the order of F2 to F6 and F9.
std::span<const Workspace> workspaces();

// A panel that may float over the scene, and where it opens: shares of the scene's width and height.
struct FloatingPanel {
    std::string_view panel;
    std::string_view title;
    float x = 0.0F;
    float y = 0.0F;
    float width = 0.0F;
    float height = 0.0F;
};
// In the order of Settings::floating.
std::span<const FloatingPanel> floating_panels();

// The index of a workspace; NotFound names those there are.
Result<int> find_workspace(std::string_view id);

// Where each panel goes within a rectangle, `gap` apart, in whole pixels; appended to `out`, which is cleared first.
void place_panels(const LayoutNode& layout, float x, float y, float width, float height, float gap,
                  std::vector<PanelPlace>& out);

}  // namespace convscope
