// What becomes of the file when things go wrong, and the arithmetic of histograms; the format itself is judged by
// event_file_test.py.
#include "engine/formats/event_file.h"

#include "engine/core/whole_file.h"
#include "tests/data/temp_folder.h"
#include "tests/formats/full_disk.h"
#include "tests/support/catch.h"

#include <tensorboard.pb.h>

#include <cstring>
#include <limits>

using namespace convscope;
namespace tb = convscope::tensorboard;

namespace {

// The whole records of a file, checksums left to event_file_test.py. Fails when there is anything after the last.
std::vector<tb::Event> events_of(const std::filesystem::path& path) {
    const auto read = read_whole_file(path, 1 << 20);
    REQUIRE(read.ok());
    const std::string& bytes = read.value();
    std::vector<tb::Event> events;
    std::size_t at = 0;
    while (at < bytes.size()) {
        std::uint64_t length = 0;
        REQUIRE(bytes.size() - at >= 16);
        std::memcpy(&length, bytes.data() + at, sizeof length);
        REQUIRE(bytes.size() - at >= 16 + length);
        REQUIRE(events.emplace_back().ParseFromString(bytes.substr(at + 12, length)));
        at += 16 + length;
    }
    return events;
}

tb::HistogramProto histogram_of(const std::vector<float>& values) {
    const TempFolder folder;
    auto file = EventFile::open(folder.path());
    REQUIRE(file.ok());
    file.value().add_histogram("h", 1, values);
    REQUIRE(file.value().flush().ok());
    const auto events = events_of(file.value().path());
    return events.size() < 2 ? tb::HistogramProto() : events[1].summary().value(0).histo();
}

double total(const tb::HistogramProto& histogram) {
    double sum = 0.0;
    for (const double bucket : histogram.bucket()) sum += bucket;
    return sum;
}

}  // namespace

TEST_CASE("Every record that was added is in the file once that is flushed") {
    const TempFolder folder;
    auto file = EventFile::open(folder.path() / "deep" / "tensorboard");
    REQUIRE(file.ok());
    for (int step = 1; step <= 3; ++step) {
        file.value().add_scalar("loss", step, 0.5 * step);
        CHECK(events_of(file.value().path()).size() == static_cast<std::size_t>(step));
        REQUIRE(file.value().flush().ok());
        const auto events = events_of(file.value().path());
        REQUIRE(events.size() == static_cast<std::size_t>(step) + 1);
        CHECK(events.back().step() == step);
        CHECK(events.back().summary().value(0).simple_value() == 0.5F * static_cast<float>(step));
    }
}

TEST_CASE("Two event files of the same second in one folder are two files") {
    const TempFolder folder;
    const auto clock = [] { return 1000.5; };
    auto first = EventFile::open(folder.path(), clock);
    auto second = EventFile::open(folder.path(), clock);
    REQUIRE(first.ok());
    REQUIRE(second.ok());
    CHECK(first.value().path() != second.value().path());
}

TEST_CASE("What a full disk refuses is reported, kept, and in the file once there is room again") {
    const TempFolder folder;
    auto opened = EventFile::open(folder.path());
    REQUIRE(opened.ok());
    EventFile& file = opened.value();
    int refused = 0;
    {
        const FullDisk disk(500);  // bytes that still fit into a file
        for (int step = 1; step <= 50; ++step) {
            file.add_scalar("loss", step, 1.0);
            const auto written = file.flush();
            if (written) continue;
            ++refused;
            CHECK_THAT(written.error().message, contains_text(file.path().string()));
        }
        CHECK(events_of(file.path()).size() == static_cast<std::size_t>(51 - refused));  // and whole records
    }
    CHECK(refused > 0);
    CHECK(refused < 50);
    file.add_scalar("loss", 51, 1.0);
    CHECK(file.flush().ok());
    const auto events = events_of(file.path());
    REQUIRE(events.size() == 52);
    for (int step = 0; step <= 51; ++step) CHECK(events[static_cast<std::size_t>(step)].step() == step);
}

TEST_CASE("However long a disk is full, no more than a limit is kept for it, and that much is written in the end") {
    const TempFolder folder;
    auto opened = EventFile::open(folder.path());
    REQUIRE(opened.ok());
    EventFile& file = opened.value();
    const std::string picture(std::size_t{1} << 20, 'x');
    {
        const FullDisk disk(100);
        for (int step = 1; step <= 40; ++step) file.add_image("p", step, picture, 1, 1, 1);
        CHECK_FALSE(file.flush().ok());
    }
    REQUIRE(file.flush().ok());
    CHECK(std::filesystem::file_size(file.path()) > EventFile::kMostKept);
    CHECK(std::filesystem::file_size(file.path()) < EventFile::kMostKept + 2 * picture.size());
    CHECK(file.take_lost() == 8);
    CHECK(file.take_lost() == 0);
}

TEST_CASE("An event file that is taken away while it is written is followed by another one") {
    const TempFolder folder;
    auto opened = EventFile::open(folder.path());
    REQUIRE(opened.ok());
    EventFile& file = opened.value();
    file.add_scalar("a", 1, 0.5);
    REQUIRE(file.flush().ok());
    std::filesystem::remove(file.path());
    file.add_scalar("a", 2, 0.5);
    REQUIRE(file.flush().ok());
    CHECK(events_of(file.path()).size() == 2);  // its own heading and the second record
}

TEST_CASE("Events do not follow a link that somebody has put in the place of their folder") {
    const TempFolder folder;
    const std::filesystem::path mine = folder.path() / "tensorboard";
    std::filesystem::create_directory(folder.path() / "theirs");
    std::filesystem::create_directory_symlink(folder.path() / "theirs", mine);
    EventFile file(mine);
    file.add_scalar("a", 1, 0.5);
    const auto refused = file.flush();
    REQUIRE_FALSE(refused.ok());
    CHECK_THAT(refused.error().message, contains_text(mine.string() + ": is no folder but a link"));
    CHECK(std::filesystem::is_empty(folder.path() / "theirs"));
    std::filesystem::remove(mine);
    CHECK(file.flush().ok());
    CHECK(events_of(file.path()).size() == 2);
}

TEST_CASE("Nor do they follow one that leads to where their folder was moved") {
    const TempFolder folder;
    const std::filesystem::path mine = folder.path() / "tensorboard";
    EventFile file(mine);
    file.add_scalar("a", 1, 0.5);
    REQUIRE(file.flush().ok());
    const std::string name = file.path().filename();
    std::filesystem::rename(mine, folder.path() / "moved");
    std::filesystem::create_directory_symlink(folder.path() / "moved", mine);
    file.add_scalar("a", 2, 0.5);
    const auto refused = file.flush();
    REQUIRE_FALSE(refused.ok());
    CHECK_THAT(refused.error().message, contains_text(mine.string() + ": is no folder but a link"));
    CHECK(events_of(folder.path() / "moved" / name).size() == 2);
    std::filesystem::remove(mine);
    CHECK(file.flush().ok());
    CHECK(events_of(file.path()).size() == 2);
}

TEST_CASE("A folder that cannot be made is an error that names it") {
    const TempFolder folder;
    REQUIRE(write_whole_file(folder.path() / "file", "x").ok());
    const auto opened = EventFile::open(folder.path() / "file" / "tensorboard");
    REQUIRE_FALSE(opened.ok());
    CHECK_THAT(opened.error().message, contains_text((folder.path() / "file").string()));
}

TEST_CASE("A histogram counts every finite value once, between the smallest and the largest") {
    std::vector<float> values;
    for (int i = 0; i <= 1000; ++i) values.push_back(0.001F * static_cast<float>(i));
    const tb::HistogramProto histogram = histogram_of(values);
    CHECK(histogram.num() == 1001);
    CHECK(total(histogram) == 1001);
    CHECK(histogram.min() == 0);
    CHECK(histogram.max() == Approx(1.0));
    REQUIRE(histogram.bucket_size() == histogram.bucket_limit_size());
    CHECK(histogram.bucket_limit(histogram.bucket_limit_size() - 1) == histogram.max());
    for (int i = 1; i < histogram.bucket_limit_size(); ++i)
        CHECK(histogram.bucket_limit(i) > histogram.bucket_limit(i - 1));
    for (const double bucket : histogram.bucket()) CHECK(bucket == Approx(1001.0 / 64).margin(1.5));
}

TEST_CASE("Histograms of one value, of extreme values and of none that is finite") {
    const tb::HistogramProto one = histogram_of({3.0F, 3.0F});
    CHECK(one.bucket_size() == 1);
    CHECK(total(one) == 2);
    const float largest = std::numeric_limits<float>::max();
    CHECK(total(histogram_of({-largest, 0.0F, largest})) == 3);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const tb::HistogramProto some = histogram_of({nan, 1.0F, std::numeric_limits<float>::infinity(), 2.0F});
    CHECK(some.num() == 2);
    CHECK(total(some) == 2);
    CHECK(histogram_of({nan}).bucket_size() == 0);
    CHECK(histogram_of({}).bucket_size() == 0);
}

TEST_CASE("A layer that is called as the graph's input is another node") {
    const TempFolder folder;
    auto file = EventFile::open(folder.path());
    REQUIRE(file.ok());
    NetworkDescription network;
    network.input_shape = {1, 8, 8};
    LayerDescription& layer = network.layers.emplace_back();
    layer.spec.name = "input";
    layer.inputs = {kInputLayer};
    file.value().add_graph(network);
    REQUIRE(file.value().flush().ok());
    tb::GraphDef graph;
    REQUIRE(graph.ParseFromString(events_of(file.value().path()).back().graph_def()));
    REQUIRE(graph.node_size() == 2);
    CHECK(graph.node(0).name() != graph.node(1).name());
    CHECK(graph.node(1).input(0) == graph.node(0).name());
}

TEST_CASE("a layer that joins others leads from all of them in the graph, and one that shares weights says whose") {
    const TempFolder folder;
    auto file = EventFile::open(folder.path());
    REQUIRE(file.ok());
    NetworkDescription network;
    network.input_shape = {1, 8, 8};
    for (const char* name : {"first", "second", "join"}) {
        LayerDescription& layer = network.layers.emplace_back();
        layer.id = LayerId{static_cast<std::int32_t>(network.layers.size()) - 1};
        layer.spec.name = name;
        layer.inputs = {LayerId{layer.id.index - 1}};
    }
    network.layers[1].weights_of = LayerId{0};
    network.layers[1].spec.weights_of = "first";
    network.layers[2].spec.kind = LayerKind::Concatenate;
    network.layers[2].inputs = {LayerId{1}, kInputLayer, LayerId{0}};
    file.value().add_graph(network);
    REQUIRE(file.value().flush().ok());
    tb::GraphDef graph;
    REQUIRE(graph.ParseFromString(events_of(file.value().path()).back().graph_def()));
    REQUIRE(graph.node_size() == 4);
    CHECK(graph.node(2).attr().at("weights_of").s() == "first");
    CHECK(graph.node(3).op() == "concatenate");
    REQUIRE(graph.node(3).input_size() == 3);
    CHECK(graph.node(3).input(0) == "second");
    CHECK(graph.node(3).input(1) == "input");
    CHECK(graph.node(3).input(2) == "first");
}
