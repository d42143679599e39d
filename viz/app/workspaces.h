// The table of workspaces: arrangements of panels, each a tree of splits at fixed shares of the window. Pure.
#pragma once

#include "engine/core/result.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

struct Settings;

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
    std::string_view key;    // "F2", a letter, or "Shift" and one: beside the title; empty: it has none
    int function_key;        // 2; 0: it is none
    std::string_view what;   // "Workspace Overview": on the page of keys
    LayoutNode layout;
};

// A panel's place. Where there is not room for all, several have the same one, as a stack: one of them is seen at a
// time.
struct PanelPlace {
    std::string_view panel;
    float x = 0.0F;
    float y = 0.0F;
    float width = 0.0F;
    float height = 0.0F;
    int stack = 0;  // the same number for all of a stack, which follow each other; 0: alone
};

// Below which no panel is to be read.
struct SmallestPlace {
    float width = 0.0F;
    float height = 0.0F;
};
// At a scale of one; it grows with the type.
inline constexpr SmallestPlace kSmallestPanel{280.0F, 170.0F};

// All there are, in the order of their tabs. Tabs, keys, the page of keys and --workspace follow from them.
std::span<const Workspace> workspaces();

// The settings' workspace is the scene's.
bool shows_scene(const Settings& settings);

// The index of a workspace; NotFound names those there are.
Result<int> find_workspace(std::string_view id);

// The index of one that has the panel: the preferred one, else the first, All last of all.
std::optional<int> workspace_with(std::string_view panel, int preferred);

// Where each panel goes within a rectangle, `gap` apart, in whole pixels; appended to `out`, which is cleared first.
// Shares give way so that none is smaller than `smallest`; parts that have no room even so are a stack, the last ones
// first, so that larger type shows fewer panels instead of smaller ones.
void place_panels(const LayoutNode& layout, float x, float y, float width, float height, float gap,
                  SmallestPlace smallest, std::vector<PanelPlace>& out);

}  // namespace convscope
