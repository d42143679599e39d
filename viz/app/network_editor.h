// A page over the window on which a copy of the run's recipe gets other layers: added, removed, moved, renamed, wired,
// resized, checked as they are typed; then trained, or saved as a recipe's file. UI thread.
#pragma once

#include "engine/api/network_description.h"
#include "engine/core/result.h"
#include "viz/panels/panel.h"
#include "viz/widgets/style.h"

#include <array>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

// What the window cannot know by itself; an empty one is a button less, and without `plan` there is no editor.
struct RecipeTools {
    std::function<Result<NetworkDescription>(const Recipe&)> plan;  // engine/recipe's plan_network
    std::function<Result<void>(const Recipe&, const std::filesystem::path&)>
        save;  // as a TOML file, whole or not at all
};

class NetworkEditor {
public:
    // Closes the page when it is done with: trained, or clicked beside.
    void draw(FrameContext& context, const RecipeTools& tools);

private:
    static constexpr std::ptrdiff_t kInput = -1;  // what stands before the first layer

    void take(const RunInfo& info);
    // The draft was changed; what changes in the same field next, one not 0, belongs to the same edit.
    void note_edit(unsigned int field = 0);
    void undo_edit();
    void check(const RecipeTools& tools);
    void draw_layers(const WidgetStyle& style, ImVec2 size);
    void draw_input(const WidgetStyle& style);
    void draw_row(const WidgetStyle& style, std::size_t place);
    void draw_details(const WidgetStyle& style, std::size_t place);
    void draw_choice(const WidgetStyle& style, std::ptrdiff_t place, float end);
    void draw_kinds(const WidgetStyle& style);
    void draw_verdict(const WidgetStyle& style) const;
    void draw_foot(FrameContext& context, const RecipeTools& tools, const WidgetStyle& style);

    Recipe draft_;
    RunId run_;                      // whose recipe the draft began as
    bool edited_ = false;            // since then
    Recipe before_;                  // the draft before the edit that comes next
    std::vector<Recipe> earlier_;    // what the draft was before each edit, the last one's last
    unsigned int edited_field_ = 0;  // by the last edit
    bool checked_ = false;
    std::optional<NetworkDescription> network_;  // the draft's; empty when it cannot be built
    std::string problem_;                        // why not,
    std::size_t problem_place_ = 0;              // and of which layer; behind the last: of none
    std::ptrdiff_t chosen_ = kInput;             // layers are added below this one
    std::optional<std::size_t> remove_;
    int move_ = 0;  // the chosen layer, by as much
    std::array<char, 1024> path_{};
};

}  // namespace convscope
