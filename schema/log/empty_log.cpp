#include "schema/log/empty_log.hpp"

namespace recount {

void add_views(Database& database) {
  database.run("PRAGMA writable_schema=ON");
  Statement view(database,
                 "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES ('view', ?1, ?1, 0, ?2)");
  for (const ViewText& text : empty_log_views()) view.bind(1, text.name).bind(2, text.sql).execute();
  database.run("PRAGMA writable_schema=OFF");
}

}  // namespace recount
