#include "engine/fetch/catalogue.h"

#include <algorithm>

namespace convscope {

namespace {

// The four files of a set that is packed as MNIST is.
struct Published {
    const char* md5;
    std::int64_t bytes;
};
std::vector<RemoteFile> mnist_files(Published train_images, Published train_labels, Published test_images,
                                    Published test_labels) {
    return {{"train-images-idx3-ubyte.gz", train_images.md5, train_images.bytes},
            {"train-labels-idx1-ubyte.gz", train_labels.md5, train_labels.bytes},
            {"t10k-images-idx3-ubyte.gz", test_images.md5, test_images.bytes},
            {"t10k-labels-idx1-ubyte.gz", test_labels.md5, test_labels.bytes}};
}

// The checksums are the ones that torchvision checks (torchvision/datasets/mnist.py and cifar.py) or, for CIFAR-10's
// binary version, its authors' (www.cs.toronto.edu/~kriz/cifar.html). The sizes are those of the published
// files.
std::vector<RemoteSet> all_sets() {
    std::vector<RemoteSet> sets;
    sets.push_back(
        {"mnist",
         "MNIST",
         {"https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"},
         mnist_files({"f68b3c2dcbeaaa9fbdd348bbdeb94873", 9912422}, {"d53e105ee54ea40749a09fcbcd1e9432", 28881},
                     {"9fb629c4189551a2d022fa330f9573f3", 1648877}, {"ec29112dd5afa0611ce80d1b7f02629c", 4542}),
         {},
         "Y. LeCun, C. Cortes and C. Burges; CC BY-SA 3.0"});
    sets.push_back(
        {"fashion-mnist",
         "Fashion-MNIST",
         {"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"},
         mnist_files({"8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26421880}, {"25c81989df183df01b3e8a0aad5dffbe", 29515},
                     {"bef4ecab320f06d8554ea6380940ec79", 4422102}, {"bb300cfdad3c16e7a12a480ee83cd310", 5148}),
         {},
         "Zalando SE; MIT licence"});
    sets.push_back(
        {"kmnist",
         "KMNIST",
         {"http://codh.rois.ac.jp/kmnist/dataset/kmnist/"},
         mnist_files({"bdb82020997e1d708af4cf47b453dcf7", 18165135}, {"e144d726b3acfaa3e44228e80efcd344", 29497},
                     {"5c965bf0a639b31b8f53240b1b52f4d7", 3041136}, {"7320c461ea6c1c855c0b718fb2a4b134", 5120}),
         {},
         "CODH, from the Kuzushiji dataset of NIJL and others; CC BY-SA 4.0"});
    RemoteSet cifar{"cifar10",
                    "CIFAR-10",
                    {"https://www.cs.toronto.edu/~kriz/"},
                    {{"cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530", 170052171}},
                    {},
                    "A. Krizhevsky, V. Nair and G. Hinton; no licence stated",
                    3,
                    32};
    for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                             "data_batch_5.bin", "test_batch.bin", "batches.meta.txt"})
        cifar.unpacked.push_back(std::string("cifar-10-batches-bin/") + name);
    sets.push_back(std::move(cifar));
    return sets;
}

}  // namespace

std::span<const RemoteSet> fetchable_sets() {
    static const std::vector<RemoteSet> sets = all_sets();
    return sets;
}

const RemoteSet* find_set(std::span<const RemoteSet> catalogue, std::string_view name) {
    const auto found =
        std::find_if(catalogue.begin(), catalogue.end(), [name](const RemoteSet& set) { return set.name == name; });
    return found == catalogue.end() ? nullptr : &*found;
}

std::string names_of(std::span<const RemoteSet> catalogue) {
    std::string names;
    for (const RemoteSet& set : catalogue) names += (names.empty() ? "" : ", ") + set.name;
    return names;
}

}  // namespace convscope
