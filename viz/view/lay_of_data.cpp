#include "viz/view/lay_of_data.h"

#include "engine/layout/alignment.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace convscope {
namespace {

constexpr double kFollowSeconds = 0.18;  // in which a point comes two thirds of its way
constexpr float kArrived = 1e-3F;        // of a layout that is about 1 in size
// Training comes first: the thread gets what that leaves, and a little besides.
constexpr int kNiceness = 15;

std::vector<float> coordinates(const std::vector<LayPoint>& points, int dimensions) {
    std::vector<float> values;
    values.reserve(points.size() * static_cast<std::size_t>(dimensions));
    for (const LayPoint& point : points) {
        values.push_back(point.x);
        values.push_back(point.y);
        if (dimensions == 3) values.push_back(point.z);
    }
    return values;
}

std::vector<LayPoint> points_of(std::span<const float> values, int dimensions) {
    std::vector<LayPoint> points;
    const auto size = static_cast<std::size_t>(dimensions);
    points.reserve(values.size() / size);
    for (std::size_t i = 0; i < values.size(); i += size)
        points.push_back({values[i], values[i + 1], dimensions == 3 ? values[i + 2] : 0.0F});
    return points;
}

bool same_pictures(const ActivationSample& a, const ActivationSample& b) {
    return a.run == b.run && a.pictures == b.pictures;
}

}  // namespace

LayOfData::Job::Job(std::shared_ptr<const ActivationSample> of, const LayQuestion& asked, std::vector<LayPoint> onto)
    : sample(std::move(of)),
      question(asked),
      before(std::move(onto)),
      work({sample->values, sample->width}, asked.method, asked.dimensions) {}

Lay LayOfData::Job::advance() {
    work.advance();
    Lay lay{sample, question, work.problem(), {}, work.progress(), work.variance_share()};
    std::vector<float> values = work.points();
    if (!before.empty() && !values.empty())
        turn_onto(coordinates(before, question.dimensions), values, question.dimensions);
    lay.points = points_of(values, question.dimensions);
    if (!lay.points.empty()) before = lay.points;
    return lay;
}

LayOfData::LayOfData(Errands::Where where) : errands_(where, {}, kNiceness) {}

void LayOfData::advance(const std::shared_ptr<const ActivationSample>& newest, const LayQuestion& asked,
                        double seconds) {
    errands_.collect();
    if (asked != asked_) {
        asked_ = asked;
        wanted_ = true;
        job_.reset();
    }
    if (newest && newest->question != looked_at_) {
        looked_at_ = newest->question;
        wanted_ = true;
        job_.reset();
    }
    if (newest && lay_ && newest->run != lay_->sample->run) {  // of another network, perhaps of other pictures
        lay_.reset();
        shown_.clear();
        job_.reset();
        wanted_ = true;
    }
    const bool is_news = newest && (!lay_ || lay_->sample != newest || lay_->question != asked_);
    if (newest && !job_ && (wanted_ || (row_of(asked_.method).live && is_news))) begin(newest, asked_);
    move(seconds);
}

void LayOfData::begin(const std::shared_ptr<const ActivationSample>& sample, const LayQuestion& asked) {
    wanted_ = false;
    if (!sample->problem.empty()) {
        shown_.clear();
        lay_ = Lay{sample, asked, sample->problem, {}, 1.0, {}};
        return;
    }
    const bool follows = lay_ && !lay_->points.empty() && same_pictures(*lay_->sample, *sample);
    job_ = std::make_shared<Job>(sample, asked, follows ? lay_->points : std::vector<LayPoint>());
    send_slice();
}

void LayOfData::send_slice() {
    errands_.send<Lay>([job = job_]() -> Result<Lay> { return job->advance(); },
                       [this, job = job_](Result<Lay> slice) {
                           if (job != job_) return;  // it was given up
                           if (!slice.ok()) {
                               show(Lay{job->sample, job->question, slice.error().message, {}, 1.0, {}});
                               job_.reset();
                               return;
                           }
                           job_->progress = slice.value().progress;
                           const bool whole = slice.value().progress >= 1.0;
                           if (whole || !slice.value().points.empty()) show(std::move(slice).value());
                           if (whole)
                               job_.reset();
                           else
                               send_slice();
                       });
}

void LayOfData::cancel() {
    job_.reset();
    wanted_ = false;
}

void LayOfData::show(Lay lay) {
    const bool follows = lay_ && same_pictures(*lay_->sample, *lay.sample) && shown_.size() == lay.points.size();
    if (!follows) shown_ = lay.points;
    lay_ = std::move(lay);
    moving_ = true;
}

void LayOfData::move(double seconds) {
    const double passed = std::max(0.0, seconds - std::exchange(seconds_, seconds));
    if (!moving_ || !lay_) return;
    const auto share = static_cast<float>(1.0 - std::exp(-passed / kFollowSeconds));
    float farthest = 0.0F;
    const auto follow = [&](float& at, float to) {
        at += share * (to - at);
        farthest = std::max(farthest, std::abs(to - at));
    };
    for (std::size_t i = 0; i < shown_.size(); ++i) {
        follow(shown_[i].x, lay_->points[i].x);
        follow(shown_[i].y, lay_->points[i].y);
        follow(shown_[i].z, lay_->points[i].z);
    }
    if (farthest > kArrived) return;
    shown_ = lay_->points;
    moving_ = false;
}

}  // namespace convscope
