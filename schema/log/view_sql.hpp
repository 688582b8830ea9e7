// The text of schema/views.sql as it is put into a log: with numbers where the file has the words of event_kind.hpp.
//
//   kind = {lift}              the number of that kind
//   kind IN ({exited, lift})   several of them
//   kind IN ({with probe_id})  all actions whose value is such an id, by the description of their columns (column.hpp); likewise
//                              image_id, watch_id, and signal
//
// A kind that is added with one of these is in the views without a change to them. The text needs no function of ours in SQLite.
#pragma once

#include <string>

namespace recount {

const std::string& views_sql();

}  // namespace recount
