//===- Csv.cpp - Problems and plans as text -------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Planner/Planner.h"

#include <charconv>
#include <unordered_set>

using namespace ashlar::planner;

namespace {

enum Column { Id, Lower, Upper, Size, Alignment, Offset, Gaps, ColumnCount };
constexpr std::string_view columnNames[ColumnCount] = {
    "id", "lower", "upper", "size", "alignment", "offset", "gaps"};

class Reader {
public:
  Reader(std::string_view text, std::string &error)
      : text(text), error(error) {}
  std::optional<Problem> read();

private:
  bool fail(const std::string &reason) {
    error = "line " + std::to_string(line) + ": " + reason;
    return false;
  }
  bool nextLine(std::string_view &content);
  static std::vector<std::string_view> split(std::string_view row);
  bool readHeader();
  bool readRow(std::string_view row, Buffer &buffer);
  bool readCell(Column column, std::string_view cell, Buffer &buffer);
  bool readGaps(std::string_view cell, Buffer &buffer);
  template <typename T>
  bool readNumber(std::string_view cell, std::string_view what, T &value);

  std::string_view text;
  std::string &error;
  size_t line = 0;
  std::vector<Column> columns;
};

} // namespace

static std::string_view trimmed(std::string_view s) {
  size_t begin = s.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos)
    return {};
  return s.substr(begin, s.find_last_not_of(" \t\r") - begin + 1);
}

/// The next line that is not empty.
bool Reader::nextLine(std::string_view &content) {
  while (!text.empty()) {
    size_t end = text.find('\n');
    content = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view()
                                         : text.substr(end + 1);
    ++line;
    if (!content.empty())
      return true;
  }
  return false;
}

std::vector<std::string_view> Reader::split(std::string_view row) {
  std::vector<std::string_view> cells;
  while (true) {
    size_t comma = row.find(',');
    cells.push_back(trimmed(row.substr(0, comma)));
    if (comma == std::string_view::npos)
      return cells;
    row = row.substr(comma + 1);
  }
}

template <typename T>
bool Reader::readNumber(std::string_view cell, std::string_view what,
                        T &value) {
  auto [end, problem] =
      std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (problem == std::errc() && end == cell.data() + cell.size())
    return true;
  return fail("expected a number for '" + std::string(what) + "', found '" +
              std::string(cell) + "'");
}

bool Reader::readHeader() {
  std::string_view header;
  if (!nextLine(header)) {
    line = 1;
    return fail("expected a header: id,lower,upper,size");
  }
  bool seen[ColumnCount] = {};
  for (std::string_view cell : split(header)) {
    unsigned column = 0;
    while (column < ColumnCount && columnNames[column] != cell)
      ++column;
    if (column == ColumnCount)
      return fail(
          "unknown column '" + std::string(cell) +
          "'; there are id, lower, upper, size, alignment, offset, gaps");
    if (seen[column])
      return fail("duplicate column '" + std::string(cell) + "'");
    seen[column] = true;
    columns.push_back(Column(column));
  }
  for (unsigned column : {Id, Lower, Upper, Size})
    if (!seen[column])
      return fail("missing column '" + std::string(columnNames[column]) + "'");
  return true;
}

bool Reader::readGaps(std::string_view cell, Buffer &buffer) {
  while (!(cell = trimmed(cell)).empty()) {
    std::string_view gap = cell.substr(0, cell.find(' '));
    cell = cell.substr(gap.size());
    // From the second character: a bound may be negative.
    size_t dash = gap.find('-', 1);
    if (dash == std::string_view::npos)
      return fail("expected gaps such as '3-7', found '" + std::string(gap) +
                  "'");
    LiveRange range;
    if (!readNumber(gap.substr(0, dash), "gaps", range.lower) ||
        !readNumber(gap.substr(dash + 1), "gaps", range.upper))
      return false;
    buffer.gaps.push_back(range);
  }
  return true;
}

bool Reader::readCell(Column column, std::string_view cell, Buffer &buffer) {
  switch (column) {
  case Id:
    buffer.id = cell;
    return !cell.empty() || fail("expected an id");
  case Lower:
    return readNumber(cell, "lower", buffer.live.lower);
  case Upper:
    return readNumber(cell, "upper", buffer.live.upper);
  case Size:
    return readNumber(cell, "size", buffer.size);
  case Alignment:
    return cell.empty() || readNumber(cell, "alignment", buffer.alignment);
  case Offset: {
    // Empty: free to choose.
    uint64_t offset = 0;
    if (cell.empty())
      return true;
    if (!readNumber(cell, "offset", offset))
      return false;
    buffer.fixedOffset = offset;
    return true;
  }
  case Gaps:
    return readGaps(cell, buffer);
  case ColumnCount:
    break;
  }
  return false;
}

bool Reader::readRow(std::string_view row, Buffer &buffer) {
  std::vector<std::string_view> cells = split(row);
  if (cells.size() != columns.size())
    return fail("expected " + std::to_string(columns.size()) +
                " cells, found " + std::to_string(cells.size()));
  for (size_t i = 0; i < cells.size(); ++i)
    if (!readCell(columns[i], cells[i], buffer))
      return false;
  return true;
}

std::optional<Problem> Reader::read() {
  if (!readHeader())
    return std::nullopt;
  Problem problem;
  std::unordered_set<std::string> ids;
  for (std::string_view row; nextLine(row);) {
    Buffer buffer;
    if (!readRow(row, buffer))
      return std::nullopt;
    if (!ids.insert(buffer.id).second) {
      fail("duplicate id '" + buffer.id + "'");
      return std::nullopt;
    }
    // With this row's number, as long as it is the row that is at fault.
    Problem alone;
    alone.buffers.push_back(buffer);
    if (std::optional<std::string> reason = checkProblem(alone)) {
      fail(*reason);
      return std::nullopt;
    }
    problem.buffers.push_back(std::move(buffer));
  }
  if (std::optional<std::string> reason = checkProblem(problem)) {
    error = *reason;
    return std::nullopt;
  }
  return problem;
}

std::optional<Problem> ashlar::planner::parseCsv(std::string_view text,
                                                 std::string &error) {
  return Reader(text, error).read();
}

std::string ashlar::planner::printCsv(const Problem &problem,
                                      const Plan &plan) {
  bool hasAlignment = false, hasGaps = false;
  for (const Buffer &buffer : problem.buffers) {
    hasAlignment |= buffer.alignment != 1;
    hasGaps |= !buffer.gaps.empty();
  }
  std::string text = "id,lower,upper,size";
  text += hasAlignment ? ",alignment" : "";
  text += hasGaps ? ",gaps" : "";
  text += ",offset\n";
  for (size_t i = 0; i < problem.buffers.size(); ++i) {
    const Buffer &buffer = problem.buffers[i];
    text += buffer.id + "," + std::to_string(buffer.live.lower) + "," +
            std::to_string(buffer.live.upper) + "," +
            std::to_string(buffer.size);
    if (hasAlignment)
      text += "," + std::to_string(buffer.alignment);
    if (hasGaps) {
      text += ",";
      for (const LiveRange &gap : buffer.gaps)
        text += (&gap == buffer.gaps.data() ? "" : " ") +
                std::to_string(gap.lower) + "-" + std::to_string(gap.upper);
    }
    text += "," + std::to_string(plan.offsets[i]) + "\n";
  }
  return text;
}
