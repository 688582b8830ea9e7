// The pages that --format html and `report` write, as they stand in replay/page/: a frame with places for the style, the
// script and the data. They name no other file, and their policy forbids to load any.
//
//   PageFrame page(out, kPageFrame);  page.at("STYLE") << kPageStyle;  ...  page.finish();
#pragma once

#include <ostream>
#include <string>
#include <string_view>

namespace recount {

extern const std::string_view kCoverageSections;  // of the body: the list of files, and a source
extern const std::string_view kCoverageScript;    // what fills them

extern const std::string_view kPageFrame;  // the report of coverage: STYLE, SECTIONS, DATA, SCRIPT, in this order
extern const std::string_view kPageStyle;
extern const std::string_view kPageScript;  // behind kCoverageScript

extern const std::string_view
    kReportFrame;  // the report of a run: STYLE, SECTIONS, RUN, DATA, EVENTS, SCRIPT, in this order
extern const std::string_view kReportStyle;   // behind kPageStyle
extern const std::string_view kReportScript;  // behind kCoverageScript

extern const std::string_view kStoreFrame;  // the report of a store: STYLE, STORE, SCRIPT, in this order
extern const std::string_view kStoreStyle;  // behind kPageStyle and kReportStyle
extern const std::string_view kStoreScript;

// A frame that is written as it is filled: its places, {{NAME}}, from the first to the last.
class PageFrame {
 public:
  PageFrame(std::ostream& out, std::string_view frame) : out_(out), rest_(frame) {}
  std::ostream& at(std::string_view name) {
    const std::string mark = std::string("{{").append(name).append("}}");
    const std::size_t place = rest_.find(mark);
    out_ << rest_.substr(0, place);
    rest_.remove_prefix(place + mark.size());
    return out_;
  }
  void finish() { out_ << rest_; }

 private:
  std::ostream& out_;
  std::string_view rest_;
};

}  // namespace recount
