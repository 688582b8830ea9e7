// Names that are other ones each time: those of temporary files and folders.
//
//   without_passing_names("as -o /tmp/ccK3xZ9a.o")  ->  "as -o /tmp/XXXXXX.o"
//
// Folded are the names that gcc (ccXXXXXX.s), mktemp (tmp.XXXXXXXXXX) and Python (tmpXXXXXXXX) make, wherever they lie, and the random
// end of any name right below /tmp, /var/tmp and /dev/shm: six letters and digits or more, not all of them small letters.
#pragma once

#include <string>
#include <string_view>

namespace recount {

std::string without_passing_names(std::string_view text);

}  // namespace recount
