// Where the named things of a frame stand on the screen: "control.run", "editor.remove/2", "top.workspace.scene".
// Widgets note them as they draw, so that whoever wants to point at one (a test's mouse, a highlight) asks by name and
// not by pixels. Pure; allocates nothing once a frame like it was noted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// In the window's pixels, y down.
struct AnchorRect {
    float left = 0.0F;
    float top = 0.0F;
    float right = 0.0F;
    float bottom = 0.0F;

    float x() const { return 0.5F * (left + right); }
    float y() const { return 0.5F * (top + bottom); }
    bool operator==(const AnchorRect&) const = default;
};

class Anchors {
public:
    static constexpr std::int64_t kNoIndex = -1;

    // Forgets those of the frame before.
    void begin_frame();

    // While it lives, names begin with "part.", or end in "/index".
    class Scope {
    public:
        Scope(Anchors& anchors, std::string_view part);
        Scope(Anchors& anchors, std::int64_t index);
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

    private:
        Anchors& anchors_;
        std::size_t prefix_;
        std::size_t suffix_;
    };

    // One of many of a name is told apart by its index. An empty name stands for the scope itself: "control".
    void note(std::string_view name, const AnchorRect& rect, std::int64_t index = kNoIndex);

    // Of this frame; the one drawn last when there are several. Nothing for what was not drawn, or is out of view.
    std::optional<AnchorRect> find(std::string_view name) const;

    std::size_t size() const { return all_.size(); }
    std::string_view name(std::size_t i) const;
    const AnchorRect& rect(std::size_t i) const { return all_[i].rect; }
    bool operator==(const Anchors& other) const { return names_ == other.names_ && all_ == other.all_; }

private:
    struct Anchor {
        std::size_t begin;  // of its name in names_
        std::size_t end;
        AnchorRect rect;
        bool operator==(const Anchor&) const = default;
    };

    std::string prefix_;  // of the scopes
    std::string suffix_;
    std::string names_;  // all of them, one behind the other
    std::vector<Anchor> all_;
};

}  // namespace convscope
