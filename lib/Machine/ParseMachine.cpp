//===- ParseMachine.cpp - Target files to machines ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Strict on purpose: a misspelt or forgotten key must not become a default that
// somebody then measures.
//
//===----------------------------------------------------------------------===//

#include "Keys.h"
#include "ashlar/Machine/Machine.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

using namespace ashlar;
using namespace ashlar::machine;
using llvm::StringRef;
using llvm::Twine;

namespace {

/// A scalar of the file and the line it stands on.
struct Entry {
  std::string text;
  unsigned line = 0;
};

class Parser {
public:
  Parser(StringRef text, StringRef fileName)
      : fileName(fileName), stream(text, sources, /*ShowColors=*/false) {
    sources.setDiagHandler(
        [](const llvm::SMDiagnostic &diagnostic, void *parser) {
          static_cast<Parser *>(parser)->noteSyntaxError(diagnostic);
        },
        this);
  }

  llvm::Expected<runtime::Machine> parse();

private:
  llvm::Error error(unsigned line, const Twine &message) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   Twine(fileName) + ":" + Twine(line) + ": " +
                                       message);
  }
  void noteSyntaxError(const llvm::SMDiagnostic &diagnostic) {
    if (!syntaxError.empty())
      return;
    syntaxLine = std::max(1, diagnostic.getLineNo());
    syntaxError = diagnostic.getMessage().str();
  }
  unsigned lineOf(llvm::yaml::Node *node) {
    return sources.getLineAndColumn(node->getSourceRange().Start).first;
  }

  llvm::Error readRoot(llvm::yaml::Node *root);
  llvm::Error readPair(llvm::yaml::KeyValueNode &pair);
  llvm::Error readSection(StringRef section, llvm::yaml::Node *node);
  llvm::Expected<Entry> readScalar(StringRef path, unsigned line,
                                   llvm::yaml::Node *node);
  llvm::Error readName(runtime::Machine &machine);
  llvm::Error setField(runtime::Machine &machine, const Key &key);
  static std::string pathOf(const Key &key) {
    return (key.section + "." + key.name).str();
  }

  std::string fileName;
  llvm::SourceMgr sources;
  llvm::yaml::Stream stream;
  std::string syntaxError;
  unsigned syntaxLine = 0;

  llvm::StringMap<Entry> entries; ///< by "section.key"; the name by "name"
  llvm::StringMap<unsigned> sectionLines; ///< where each section begins
};

} // namespace

//===----------------------------------------------------------------------===//
// Text to entries
//===----------------------------------------------------------------------===//

static bool isSection(StringRef name) {
  return llvm::any_of(allKeys(),
                      [&](const Key &key) { return key.section == name; });
}

static bool isKey(StringRef section, StringRef name) {
  return llvm::any_of(allKeys(), [&](const Key &key) {
    return key.section == section && key.name == name;
  });
}

/// The known names of a place, for messages about unknown ones.
static std::string knownKeys(StringRef section) {
  llvm::StringSet<> seen;
  std::string names = section.empty() ? "name" : "";
  for (const Key &key : allKeys()) {
    if (!section.empty() && key.section != section)
      continue;
    StringRef name = section.empty() ? key.section : key.name;
    if (seen.insert(name).second)
      names += (Twine(names.empty() ? "" : ", ") + name).str();
  }
  return names;
}

llvm::Expected<Entry> Parser::readScalar(StringRef path, unsigned line,
                                         llvm::yaml::Node *node) {
  auto *scalar = llvm::dyn_cast_or_null<llvm::yaml::ScalarNode>(node);
  if (!scalar)
    return error(line, Twine(path) + ": expected a single value");
  llvm::SmallString<32> storage;
  return Entry{scalar->getValue(storage).str(), lineOf(node)};
}

llvm::Error Parser::readSection(StringRef section, llvm::yaml::Node *node) {
  auto *mapping = llvm::dyn_cast_or_null<llvm::yaml::MappingNode>(node);
  if (!mapping)
    return error(node ? lineOf(node) : 1, Twine(section) + ": expected keys (" +
                                              knownKeys(section) + ")");
  for (llvm::yaml::KeyValueNode &pair : *mapping) {
    auto *keyNode =
        llvm::dyn_cast_or_null<llvm::yaml::ScalarNode>(pair.getKey());
    if (!keyNode)
      return error(lineOf(&pair), Twine(section) + ": expected a plain key");
    llvm::SmallString<32> storage;
    std::string name = keyNode->getValue(storage).str();
    unsigned line = lineOf(keyNode);
    std::string path = (Twine(section) + "." + name).str();
    if (!isKey(section, name))
      return error(line, Twine(path) + ": unknown key; '" + section + "' has " +
                             knownKeys(section));
    llvm::Expected<Entry> entry = readScalar(path, line, pair.getValue());
    if (!entry)
      return entry.takeError();
    auto [old, inserted] = entries.try_emplace(path, *entry);
    if (!inserted)
      return error(line, Twine(path) + ": duplicate key; first on line " +
                             Twine(old->second.line));
  }
  return llvm::Error::success();
}

llvm::Error Parser::readPair(llvm::yaml::KeyValueNode &pair) {
  auto *keyNode = llvm::dyn_cast_or_null<llvm::yaml::ScalarNode>(pair.getKey());
  if (!keyNode)
    return error(lineOf(&pair), "expected a plain key");
  llvm::SmallString<32> storage;
  std::string name = keyNode->getValue(storage).str();
  unsigned line = lineOf(keyNode);
  if (name != "name" && !isSection(name))
    return error(line, Twine(name) + ": unknown key; a target file has " +
                           knownKeys(""));
  auto [old, inserted] = sectionLines.try_emplace(name, line);
  if (!inserted)
    return error(line, Twine(name) + ": duplicate key; first on line " +
                           Twine(old->second));
  if (name != "name")
    return readSection(name, pair.getValue());
  llvm::Expected<Entry> entry = readScalar(name, line, pair.getValue());
  if (!entry)
    return entry.takeError();
  entries[name] = *entry;
  return llvm::Error::success();
}

llvm::Error Parser::readRoot(llvm::yaml::Node *root) {
  auto *mapping = llvm::dyn_cast_or_null<llvm::yaml::MappingNode>(root);
  if (!mapping)
    return error(1, "expected a target file with the keys " + knownKeys(""));
  for (llvm::yaml::KeyValueNode &pair : *mapping) {
    // A syntax error ends the iteration early or leaves odd nodes behind: it is
    // what must be reported, not what follows from it.
    if (stream.failed())
      break;
    if (llvm::Error problem = readPair(pair)) {
      if (!stream.failed())
        return problem;
      llvm::consumeError(std::move(problem));
      break;
    }
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Entries to a machine
//===----------------------------------------------------------------------===//

llvm::Error Parser::setField(runtime::Machine &machine, const Key &key) {
  std::string path = pathOf(key);
  auto entry = entries.find(path);
  if (entry == entries.end()) {
    auto section = sectionLines.find(key.section);
    return error(section == sectionLines.end() ? 1 : section->second,
                 Twine(path) + ": missing key");
  }
  std::string reason;
  std::optional<double> value =
      parseValue(entry->second.text, key.unit, machine.clockGHz, reason);
  if (!value)
    return error(entry->second.line, Twine(path) + ": " + reason);
  const runtime::MachineField *field =
      runtime::findMachineField({key.field.data(), key.field.size()});
  if (std::optional<std::string> problem =
          runtime::checkFieldValue(*field, *value)) {
    // Ranges are in the machine's units; the text may have been in others.
    StringRef counted = key.unit == Unit::Bandwidth   ? " (bytes a cycle)"
                        : key.unit == Unit::Time      ? " (cycles)"
                        : key.unit == Unit::Bytes     ? " (bytes)"
                        : key.unit == Unit::Frequency ? " (GHz)"
                                                      : "";
    return error(entry->second.line, Twine(path) + ": " + *problem + counted);
  }
  field->set(machine, *value);
  return llvm::Error::success();
}

llvm::Error Parser::readName(runtime::Machine &machine) {
  auto entry = entries.find("name");
  if (entry == entries.end())
    return error(1, "name: missing key");
  StringRef name = entry->second.text;
  bool plain =
      !name.empty() && name.size() <= 64 && llvm::all_of(name, [](char c) {
        return llvm::isAlnum(c) || c == '-' || c == '_' || c == '.';
      });
  if (!plain)
    return error(entry->second.line,
                 "name: expected up to 64 letters, digits, '-', '_' "
                 "and '.', found '" +
                     name + "'");
  machine.name = name.str();
  return llvm::Error::success();
}

llvm::Expected<runtime::Machine> Parser::parse() {
  llvm::yaml::document_iterator document = stream.begin();
  llvm::yaml::Node *root =
      document == stream.end() ? nullptr : document->getRoot();
  llvm::Error structure =
      stream.failed() ? llvm::Error::success() : readRoot(root);
  if (stream.failed()) {
    llvm::consumeError(std::move(structure));
    return error(syntaxLine, syntaxError);
  }
  if (structure)
    return std::move(structure);
  if (++document != stream.end())
    return error(1, "expected one document, found several");

  runtime::Machine machine;
  if (llvm::Error problem = readName(machine))
    return std::move(problem);
  // The clock first: the others are converted by it.
  for (bool clock : {true, false})
    for (const Key &key : allKeys())
      if ((key.unit == Unit::Frequency) == clock)
        if (llvm::Error problem = setField(machine, key))
          return std::move(problem);

  if (std::optional<runtime::MachineError> problem =
          runtime::checkMachine(machine))
    for (const Key &key : allKeys())
      if (key.field == StringRef(problem->field))
        return error(entries[pathOf(key)].line,
                     pathOf(key) + ": " + problem->reason);
  return machine;
}

llvm::Expected<runtime::Machine> ashlar::parseMachine(StringRef text,
                                                      StringRef fileName) {
  // Whatever was named by mistake, and nesting that would exhaust the stack.
  constexpr size_t maxFileBytes = 64 << 10;
  if (text.size() > maxFileBytes)
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   Twine(fileName) +
                                       ":1: not a target file: longer than " +
                                       Twine(maxFileBytes) + " bytes");
  return Parser(text, fileName).parse();
}
