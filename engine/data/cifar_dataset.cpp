#include "engine/data/cifar_dataset.h"

#include "engine/core/plain_file.h"
#include "engine/core/whole_file.h"
#include "engine/data/wording.h"

#include <algorithm>
#include <array>
#include <optional>

namespace convscope {

namespace {

namespace fs = std::filesystem;

constexpr int kClasses = 10;
constexpr std::size_t kMaxBatchBytes = 1 << 30;
constexpr std::size_t kMaxNamesBytes = 1 << 16;
constexpr std::array kTrainBatches{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                                   "data_batch_5.bin"};
constexpr const char* kTestBatch = "test_batch.bin";
constexpr const char* kArchiveFolder = "cifar-10-batches-bin";  // as the published archive has it
constexpr const char* kFetchAgain = "; fetch the data set again, or use --data drawn for drawn digits";

std::span<const std::uint8_t> bytes_of(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

bool any_batch(const fs::path& folder) {
    return is_file(folder / kTestBatch) ||
           std::any_of(kTrainBatches.begin(), kTrainBatches.end(), [&](auto name) { return is_file(folder / name); });
}

fs::path batch_folder(const fs::path& folder) {
    return !any_batch(folder) && any_batch(folder / kArchiveFolder) ? folder / kArchiveFolder : folder;
}

struct BatchFile {
    std::unique_ptr<const std::string> content;  // which the batch is a view of: it must not move when this does
    CifarBatch batch;
};

Result<BatchFile> read_batch(const fs::path& path) {
    if (!is_file(path))
        return Error{ErrorCode::NotFound, "there is no " + in_quotes(path.string()) +
                                              "; CIFAR-10's binary version has data_batch_1.bin to data_batch_5.bin "
                                              "and test_batch.bin" +
                                              kFetchAgain};
    Result<std::string> content = read_whole_file(path, kMaxBatchBytes);
    if (!content) return content.error();
    BatchFile file;
    file.content = std::make_unique<const std::string>(std::move(content).value());
    const Result<CifarBatch> batch = parse_cifar_batch(bytes_of(*file.content), path.string());
    if (!batch) return batch.error();
    file.batch = batch.value();
    return file;
}

class CifarDataset final : public Dataset {
public:
    CifarDataset(DatasetInfo info, std::vector<BatchFile> train, BatchFile test)
        : info_(std::move(info)), train_(std::move(train)), test_(std::move(test)) {
        for (const BatchFile& file : train_) info_.train_count += file.batch.count;
        info_.test_count = test_.batch.count;
    }

    const DatasetInfo& info() const override { return info_; }
    int label(Split split, std::int64_t index) const override {
        const CifarBatch& batch = find(split, index);
        return batch.label(index);
    }
    std::span<const std::uint8_t> image(Split split, std::int64_t index) const override {
        const CifarBatch& batch = find(split, index);
        return batch.image(index);
    }

private:
    // The batch that holds an image; turns index into the place in it.
    const CifarBatch& find(Split split, std::int64_t& index) const {
        if (split == Split::Test) return test_.batch;
        std::size_t i = 0;
        while (index >= train_[i].batch.count) index -= train_[i++].batch.count;
        return train_[i].batch;
    }

    DatasetInfo info_;
    std::vector<BatchFile> train_;
    BatchFile test_;
};

}  // namespace

Result<CifarBatch> parse_cifar_batch(std::span<const std::uint8_t> bytes, std::string_view name) {
    constexpr auto kRecord = static_cast<std::size_t>(kCifarRecord);
    if (bytes.empty()) return corrupt(in_quotes(name) + " is empty" + kFetchAgain);
    if (bytes.size() % kRecord != 0)
        return corrupt(in_quotes(name) + " has " + std::to_string(bytes.size()) +
                       " bytes, which is no multiple of the " + std::to_string(kRecord) +
                       " of a CIFAR-10 image: it is cut off or something else" + kFetchAgain);
    const CifarBatch batch{static_cast<std::int64_t>(bytes.size() / kRecord), bytes};
    for (std::int64_t i = 0; i < batch.count; ++i)
        if (batch.label(i) >= kClasses)
            return corrupt(in_quotes(name) + " gives image " + std::to_string(i) + " the label " +
                           std::to_string(batch.label(i)) + ", but CIFAR-10's classes are 0 to 9" + kFetchAgain);
    return batch;
}

Result<std::vector<std::string>> parse_cifar_class_names(std::string_view text, std::string_view name) {
    std::vector<std::string> names;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t end = line.find_last_not_of(" \t\r");
        if (end != std::string_view::npos) names.emplace_back(line.substr(0, end + 1));
    }
    if (names.size() == kClasses) return names;
    return corrupt(in_quotes(name) + " has " + std::to_string(names.size()) +
                   " lines that are not empty where the names of ten classes belong; correct it or remove it");
}

Result<std::shared_ptr<const Dataset>> open_cifar_dataset(const fs::path& named_folder) {
    const fs::path folder = batch_folder(named_folder);
    if (std::optional<Error> hidden = out_of_reach(folder)) return *std::move(hidden);
    std::vector<BatchFile> train;
    for (const char* name : kTrainBatches) {
        Result<BatchFile> file = read_batch(folder / name);
        if (!file) return file.error();
        train.push_back(std::move(file).value());
    }
    Result<BatchFile> test = read_batch(folder / kTestBatch);
    if (!test) return test.error();

    DatasetInfo info;
    info.name = "CIFAR-10";
    info.source = named_folder.string();
    info.option = fs::absolute(named_folder).string();
    info.channels = 3;
    info.height = info.width = kCifarSide;
    info.class_names = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
    if (const fs::path path = folder / "batches.meta.txt"; is_file(path)) {
        const Result<std::string> text = read_whole_file(path, kMaxNamesBytes);
        if (!text) return text.error();
        Result<std::vector<std::string>> names = parse_cifar_class_names(text.value(), path.string());
        if (!names) return names.error();
        info.class_names = std::move(names).value();
    }
    return std::shared_ptr<const Dataset>(
        std::make_shared<CifarDataset>(std::move(info), std::move(train), std::move(test).value()));
}

bool holds_cifar_files(const fs::path& folder) { return any_batch(batch_folder(folder)); }

}  // namespace convscope
