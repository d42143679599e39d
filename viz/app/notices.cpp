#include "viz/app/notices.h"

#include <utility>

namespace convscope {

using Severity = event::Notice::Severity;

double Notices::seconds_shown(Severity severity) {
    switch (severity) {
        case Severity::Info:
            return 6.0;
        case Severity::Warning:
            return 12.0;
        case Severity::Error:
            return 30.0;
    }
    return 6.0;
}

void Notices::add(event::Notice notice, double now) {
    const Severity severity = notice.severity;
    recent_.push_front(std::move(notice));
    if (recent_.size() > kKept) recent_.pop_back();
    const event::Notice* present = current(now);
    const bool news_of_it = present && !present->subject.empty() && present->subject == recent_.front().subject;
    if (present && present->severity > severity && !news_of_it) return;
    shown_ = recent_.front();
    shown_since_ = now;
    any_ = true;
}

void Notices::keep_to(RunId run) {
    if (shown_.about != RunId{} && shown_.about != run) any_ = false;
}

const event::Notice* Notices::current(double now) const {
    return any_ && now - shown_since_ < seconds_shown(shown_.severity) ? &shown_ : nullptr;
}

}  // namespace convscope
