#include "engine/formats/event_file.h"

#include "engine/api/layer_kinds.h"

#include <tensorboard.pb.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace convscope {
namespace {

namespace fs = std::filesystem;
namespace tb = tensorboard;

// Of each byte, for CRC-32C (Castagnoli): the polynomial of RFC 3720, section 12.1, reflected. Debian has no small
// library for it, and Boost's was all of Boost.
constexpr std::array<std::uint32_t, 256> kRemainders = [] {
    std::array<std::uint32_t, 256> remainders{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t rest = byte;
        for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? 0x82F63B78U : 0U);
        remainders[byte] = rest;
    }
    return remainders;
}();

std::uint32_t crc32c(std::string_view bytes) {
    std::uint32_t rest = 0xFFFFFFFF;
    for (const char byte : bytes) rest = (rest >> 8) ^ kRemainders[(rest ^ static_cast<unsigned char>(byte)) & 0xFF];
    return ~rest;
}

// "it is problematic to compute the CRC of a string that contains embedded CRCs": TFRecord stores them rotated, plus a
// constant (tensorflow/core/lib/hash/crc32c.h).
std::uint32_t masked_crc32c(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xA282EAD8U; }

template <typename Number>
void append(std::string& record, Number value) {
    static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");
    record.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string framed(std::string_view message) {
    std::string record;
    append(record, std::uint64_t{message.size()});
    append(record, masked_crc32c(record));
    record += message;
    append(record, masked_crc32c(message));
    return record;
}

void set_shape(tb::TensorShapeProto& message, const Shape& shape, bool with_batch) {
    if (with_batch) message.add_dim()->set_size(-1);
    for (int i = 0; i < shape.rank(); ++i) message.add_dim()->set_size(shape[i]);
}

void set_node(tb::NodeDef& node, const std::string& name, std::string_view op, const Shape& output) {
    node.set_name(name);
    node.set_op(std::string(op));
    set_shape(*(*node.mutable_attr())["_output_shapes"].mutable_list()->add_shape(), output, true);
}

void set_settings(tb::NodeDef& node, const LayerDescription& layer) {
    auto& attributes = *node.mutable_attr();
    const auto set = [&](const char* name, std::int64_t value) { attributes[name].set_i(value); };
    for (const LayerSetting& setting : row_of(layer.spec.kind).settings) {
        tb::AttrValue& attribute = attributes[std::string(setting.key)];
        if (const auto* whole = std::get_if<std::int64_t LayerSpec::*>(&setting.value))
            attribute.set_i(layer.spec.*(*whole));
        else if (const auto* number = std::get_if<double LayerSpec::*>(&setting.value))
            attribute.set_f(static_cast<float>(layer.spec.*(*number)));
        else
            attribute.set_b(layer.spec.*std::get<bool LayerSpec::*>(setting.value));
    }
    if (layer.parameter_count > 0) set("parameters", layer.parameter_count);
    if (layer.weights_of) attributes["weights_of"].set_s(layer.spec.weights_of);
    if (layer.has_weight()) set_shape(*attributes["weight"].mutable_shape(), layer.weight_shape, false);
    if (layer.has_bias()) set_shape(*attributes["bias"].mutable_shape(), layer.bias_shape, false);
}

// Of finite values, at least one.
void set_histogram(tb::HistogramProto& histogram, const std::vector<float>& values) {
    constexpr std::size_t kBuckets = 64;
    const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
    const double minimum = static_cast<double>(*lowest);
    const double maximum = static_cast<double>(*highest);
    const std::size_t count = minimum < maximum ? kBuckets : 1;
    const double width = (maximum - minimum) / static_cast<double>(count);
    std::vector<double> buckets(count, 0.0);
    double sum = 0.0;
    double sum_squares = 0.0;
    for (const float single : values) {
        const auto value = static_cast<double>(single);
        sum += value;
        sum_squares += value * value;
        const auto place = width > 0.0 ? static_cast<std::size_t>((value - minimum) / width) : 0;
        buckets[std::min(place, count - 1)] += 1.0;
    }
    histogram.set_min(minimum);
    histogram.set_max(maximum);
    histogram.set_num(static_cast<double>(values.size()));
    histogram.set_sum(sum);
    histogram.set_sum_squares(sum_squares);
    for (std::size_t i = 0; i < count; ++i) {
        histogram.add_bucket_limit(i + 1 < count ? minimum + width * static_cast<double>(i + 1) : maximum);
        histogram.add_bucket(buckets[i]);
    }
}

}  // namespace

double EventFile::system_time() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

EventFile::EventFile(fs::path folder, WallClock clock) : folder_(std::move(folder)), clock_(std::move(clock)) {}

// One event; `fill` says what it holds.
template <typename Fill>
std::string EventFile::record(std::int64_t step, Fill fill) const {
    tb::Event event;
    event.set_wall_time(clock_());
    event.set_step(step);
    fill(event);
    return framed(event.SerializeAsString());
}

template <typename Fill>
void EventFile::add(std::int64_t step, Fill fill) {
    if (kept_.size() < kMostKept)
        kept_ += record(step, fill);
    else
        ++lost_;
}

Result<void> EventFile::make_file() {
    std::error_code code;
    if (fs::is_symlink(fs::symlink_status(folder_, code)))
        return Error{ErrorCode::InvalidArgument, folder_.string() + ": is no folder but a link"};
    fs::create_directories(folder_, code);
    if (code) return Error{ErrorCode::Io, folder_.string() + ": cannot be made (" + code.message() + ")"};
    // TensorBoard looks for "tfevents" and reads the files of a folder in the order of their names.
    const std::string stem =
        "events.out.tfevents." + std::to_string(static_cast<std::int64_t>(clock_())) + ".convscope";
    fs::path path = folder_ / stem;
    for (int i = 1; fs::exists(path, code); ++i) path = folder_ / (stem + "." + std::to_string(i));
    auto file = AppendFile::open(path, AppendFile::Existing::Refuse);
    if (!file) return file.error();
    file_ = std::move(file).value();
    kept_.insert(0, record(0, [](tb::Event& event) { event.set_file_version("brain.Event:2"); }));
    return {};
}

// Nor is it written to through a link that leads to it, after its folder was moved.
Result<void> EventFile::flush() {
    std::error_code unknown;
    if (file_ && !kept_.empty() && (fs::is_symlink(folder_, unknown) || !file_->is_untouched())) file_.reset();
    if (!file_)
        if (Result<void> made = make_file(); !made) return made;
    if (kept_.empty()) return {};
    Result<void> appended = file_->append(kept_);
    if (appended) kept_.clear();
    return appended;
}

Result<void> EventFile::sync() { return file_ ? file_->sync() : Result<void>(); }

void EventFile::move_to(fs::path folder) {
    file_.reset();
    folder_ = std::move(folder);
}

std::int64_t EventFile::take_lost() { return std::exchange(lost_, 0); }

Result<EventFile> EventFile::open(const fs::path& folder, WallClock clock) {
    EventFile events(folder, std::move(clock));
    if (const Result<void> made = events.flush(); !made) return made.error();
    return events;
}

void EventFile::add_scalar(std::string_view tag, std::int64_t step, double value) {
    const Scalar scalar{tag, value};
    add_scalars(step, {&scalar, 1});
}

void EventFile::add_scalars(std::int64_t step, std::span<const Scalar> scalars) {
    add(step, [&](tb::Event& event) {
        for (const Scalar& scalar : scalars) {
            tb::Summary::Value& value = *event.mutable_summary()->add_value();
            value.set_tag(std::string(scalar.tag));
            value.set_simple_value(static_cast<float>(scalar.value));
        }
    });
}

void EventFile::add_image(std::string_view tag, std::int64_t step, std::string_view png, int width, int height,
                          int channels) {
    add(step, [&](tb::Event& event) {
        tb::Summary::Value& value = *event.mutable_summary()->add_value();
        value.set_tag(std::string(tag));
        value.mutable_image()->set_width(width);
        value.mutable_image()->set_height(height);
        value.mutable_image()->set_colorspace(channels);
        value.mutable_image()->set_encoded_image_string(std::string(png));
    });
}

void EventFile::add_histogram(std::string_view tag, std::int64_t step, std::span<const float> values) {
    std::vector<float> finite;
    finite.reserve(values.size());
    std::copy_if(values.begin(), values.end(), std::back_inserter(finite), [](float v) { return std::isfinite(v); });
    if (finite.empty()) return;
    add(step, [&](tb::Event& event) {
        tb::Summary::Value& value = *event.mutable_summary()->add_value();
        value.set_tag(std::string(tag));
        set_histogram(*value.mutable_histo(), finite);
    });
}

void EventFile::add_restart(std::int64_t step) {
    add(step, [](tb::Event& event) { event.mutable_session_log()->set_status(tb::SessionLog::START); });
}

void EventFile::add_graph(const NetworkDescription& network) {
    std::string input = "input";
    while (network.find(input)) input += '_';
    tb::GraphDef graph;
    graph.mutable_versions()->set_producer(22);  // of TensorFlow 1.0; readers accept all since
    set_node(*graph.add_node(), input, "Placeholder", network.input_shape);
    for (const LayerDescription& layer : network.layers) {
        tb::NodeDef& node = *graph.add_node();
        set_node(node, layer.spec.name, to_string(layer.spec.kind), layer.output_shape);
        set_settings(node, layer);
        for (const LayerId from : layer.inputs)
            node.add_input(from == kInputLayer ? input
                                               : network.layers[static_cast<std::size_t>(from.index)].spec.name);
    }
    add(0, [&](tb::Event& event) { event.set_graph_def(graph.SerializeAsString()); });
}

}  // namespace convscope
