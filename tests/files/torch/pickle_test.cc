// The pickle machine: what it builds, and everything it must not do. The attack set holds the functions that
// public advisories on pickle files and their scanners name, in every way a pickle can name a function.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../torch_files.h"
#include "sonde/files/torch/pickle_internal.h"
#include "sonde/files/torch/pickle_opcodes_internal.h"

namespace sonde::files {
namespace {

using ::testing::HasSubstr;
using Kind = PickleValue::Kind;

constexpr PickleGlobal kAllowed[] = {{"box", "thing"}, {"box", "dict", PickleGlobal::Call::dictionary}};

/// A pickle read from its opcodes, with what it needs to stay alive.
class Read {
 public:
  explicit Read(std::string bytes, const Budget& budget = {})
      : bytes_(std::move(bytes)),
        budget_(budget),
        pickle_({std::as_bytes(std::span<const char>(bytes_)), path_, budget_, 0, "part"}, kAllowed) {}
  const Pickle* operator->() const { return &pickle_; }
  const PickleValue& root() const { return pickle_.at(pickle_.root()); }
  const PickleValue& item(std::size_t i) const { return pickle_.at(pickle_.items(root())[i]); }

 private:
  std::string bytes_;
  std::filesystem::path path_ = "a.bin";
  Budget budget_;
  Pickle pickle_;
};

std::string refusal(const std::string& body, const Budget& budget = {}) {
  const Error error = error_of([&] { Read(op::pickle(body, 4), budget); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_THAT(error.what(), HasSubstr("a.bin: part: "));
  EXPECT_TRUE(error.parts().offset.has_value());
  return error.what();
}

TEST(Pickle, ReadsNumbersOfEveryWidth) {
  const Read read(
      op::pickle("(K\xff"
                 "M\xff\xff"
                 "J\xff\xff\xff\xff"
                 "t"));
  ASSERT_EQ(read.root().kind, Kind::tuple);
  EXPECT_EQ(read.item(0).number, 255);
  EXPECT_EQ(read.item(1).number, 65535);
  EXPECT_EQ(read.item(2).number, -1);
}

TEST(Pickle, ReadsLongNumbersAsPythonWritesThem) {
  // From pickle.dumps(n, 2): 0, 255, -128, -129, 2**63 - 1, -2**63.
  const std::vector<std::pair<std::string, std::int64_t>> cases = {
      {std::string("\x8a\x00", 2), 0},
      {std::string("\x8a\x02\xff\x00", 4), 255},
      {"\x8a\x01\x80", -128},
      {"\x8a\x02\x7f\xff", -129},
      {"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", 9223372036854775807},
      {std::string("\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80", 10), std::numeric_limits<std::int64_t>::min()},
      {std::string("\x8b\x01\x00\x00\x00\x05", 6), 5}};
  for (const auto& [body, number] : cases) {
    const Read read(op::pickle(body));
    EXPECT_EQ(read.root().kind, Kind::integer);
    EXPECT_EQ(read.root().number, number);
  }
  EXPECT_EQ(Read(op::pickle(std::string("\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01", 11))).root().kind,
            Kind::big_integer);
}

TEST(Pickle, ReadsTextsAndContainers) {
  const Read read(op::pickle("](" + op::text("ünï") +
                                 "C\x02\xff\xfe"
                                 "N\x88)\x85G" +
                                 std::string(8, 'x') +
                                 "}K\x01K\x02s"
                                 "e",
                             4));
  ASSERT_EQ(read.root().kind, Kind::list);
  EXPECT_EQ(read->text(read.item(0)), "ünï");
  EXPECT_EQ(read.item(1).kind, Kind::bytes);
  EXPECT_EQ(read.item(2).kind, Kind::none);
  EXPECT_EQ(read.item(3).number, 1);
  EXPECT_EQ(read->items(read.item(4)).size(), 1u);
  EXPECT_EQ(read.item(5).kind, Kind::real);
  EXPECT_EQ(read->items(read.item(6)).size(), 2u);
}

TEST(Pickle, CallsStayValues) {
  const Read read(
      op::pickle("(" + op::name("box", "thing") + "K\x07\x85R" + op::name("box", "dict") + ")Rt"));
  EXPECT_EQ(read.item(0).kind, Kind::call);
  EXPECT_EQ(read.item(0).number, 0);
  EXPECT_EQ(read.item(1).kind, Kind::dictionary);
}

TEST(Pickle, SharedValuesAreOne) {
  // Thirty lists of two, each holding the one before twice: a thousand million leaves when written out.
  std::string body =
      "]"
      "q" +
      std::string(1, '\0');
  for (char i = 1; i < 30; ++i) {
    const std::string before(1, static_cast<char>(i - 1));
    body += "](h" + before + "h" + before + "eq" + std::string(1, i);
  }
  const Read read(op::pickle("(" + body + "t"));
  EXPECT_EQ(read->items(read.root()).size(), 30u);
}

const std::string kUnread = "FILPSVdgilopRb\x81\x82\x83\x84\x8f\x90\x91\x92\x96\x97\x98";

TEST(Pickle, OpcodesThatWeightsDoNotNeedAreRefusedByName) {
  int refused = 0;
  for (const PickleOpcode& opcode : kPickleOpcodes) {
    if (opcode.code == 'R' || opcode.code == 'b' || opcode.code == 'i') continue;  // below
    if (kUnread.find(opcode.code) == std::string::npos) continue;
    SCOPED_TRACE(opcode.name);
    EXPECT_THAT(refusal("]" + std::string(1, opcode.code) + "1\n1\n"),
                HasSubstr("pickle opcode " + std::string(opcode.name) + " is not one that weights need"));
    ++refused;
  }
  EXPECT_EQ(refused, 22);
  EXPECT_THAT(refusal("\xff"), HasSubstr("pickle opcode 0xff"));
  EXPECT_THAT(refusal("(ibox\nthing\n"), HasSubstr("pickle opcode INST"));
  EXPECT_THAT(refusal("\x80\x04N"), HasSubstr("pickle opcode PROTO"));
}

TEST(Pickle, WhatIsNoPickleIsRefused) {
  const auto said = [](const std::string& bytes) {
    return std::string(error_of([&] { Read read(bytes); }).what());
  };
  EXPECT_THAT(said(""), HasSubstr("not a pickle"));
  EXPECT_THAT(said("cos\nsystem\n."), HasSubstr("not a pickle"));
  EXPECT_THAT(said("\x80"), HasSubstr("cut short"));
  EXPECT_THAT(said(std::string("\x80\x01N.", 4)), HasSubstr("protocol not supported; got 1"));
  EXPECT_THAT(said("\x80\x06N."), HasSubstr("protocol not supported; got 6"));
  EXPECT_THAT(said("\x80\x02N"), HasSubstr("cut short"));
}

TEST(Pickle, ThePlaceOfEveryRefusalIsNamed) {
  const Error error = error_of([] { Read read(op::pickle("N" + op::name("os", "system"))); });
  EXPECT_EQ(error.parts().offset, 3);
}

TEST(Pickle, StackAndMarksAreGuarded) {
  for (const char* body : {"",          "0",      "1",   "2",  "a",  "e",  "s",    "u",    "t",    "\x85",
                           "K\x01\x86", "N(\x85", "N(0", "R",  "b",  "Q",  "\x94", "\x93", "(R",   "](a",
                           "}N(s",      "q1",     "]e",  "}u", "NN", "(N", "}(Nu", "h1",   "j1234"}) {
    SCOPED_TRACE(body);
    EXPECT_THAT(refusal(body), HasSubstr("pickle"));
  }
}

TEST(Pickle, OnlyOwnListsAndDictionariesChange) {
  const std::string call = op::name("box", "thing") + ")R";
  const std::string made = op::name("box", "dict") + ")R";
  const std::vector<std::string> bodies = {call +
                                               "K\x01"
                                               "a",
                                           call + "K\x01K\x02s",
                                           call + "}b",
                                           made +
                                               "K\x01"
                                               "a",
                                           ")K\x01"
                                           "a",
                                           "]K\x01K\x02s",
                                           "}K\x01"
                                           "a",
                                           "NQ(Ne"};
  for (const std::string& body : bodies)
    EXPECT_THAT(refusal(body), HasSubstr("changes a value that cannot be changed"));
  EXPECT_THAT(refusal("}Nb"), HasSubstr("sets attributes from something else"));
}

TEST(Pickle, OnlyListedNamesAreCalled) {
  const std::string thing = op::name("box", "thing");
  const std::vector<std::string> bodies = {"N)R",        "]N\x85R",     "))R", op::text("os.system") + ")R",
                                           thing + "]R", thing + ")R)R"};
  for (const std::string& body : bodies)
    EXPECT_THAT(refusal(body), HasSubstr("calls something that is no function"));
  EXPECT_THAT(refusal(op::name("box", "dict") + "N\x85R"), HasSubstr("list of pairs"));
  EXPECT_THAT(refusal(op::name("box", "dict") + "](Ne\x85R"), HasSubstr("list of pairs"));
}

TEST(Pickle, BadNamesAreRefused) {
  EXPECT_THAT(refusal("cos"), HasSubstr("cut short"));
  EXPECT_THAT(refusal("c" + std::string(300, 'x') + "\nsystem\n"), HasSubstr("at most 256 bytes"));
  EXPECT_THAT(refusal("NN\x93"), HasSubstr("no short text; got None"));
  EXPECT_THAT(refusal(op::text(std::string(300, 'x')) + op::text("y") + "\x93"), HasSubstr("no short text"));
  EXPECT_THAT(refusal(op::name("box", "thing.__class__")), HasSubstr("'box.thing.__class__'"));
  EXPECT_THAT(refusal(op::name("box ", "thing")), HasSubstr("'box .thing'"));
  EXPECT_THAT(refusal(op::name("box", "\x1b[2J")), HasSubstr("\\x1b"));
  EXPECT_THAT(refusal("X" + little(2, 4) + "\xff\xfe"), HasSubstr("not UTF-8"));
}

TEST(Pickle, ValuesThatHoldThemselvesAreRefused) {
  const std::vector<std::string> bodies = {std::string("]\x94h\0a", 5), std::string("}\x94K\x01h\0s", 7),
                                           std::string("]\x94h\0\x85"
                                                       "a",
                                                       6),
                                           std::string("]\x94]\x94h\0aa", 8)};
  for (const std::string& body : bodies) EXPECT_THAT(refusal(body), HasSubstr("holds itself"));
}

TEST(Pickle, NestingIsLimited) {
  const auto nested = [](std::size_t levels) { return ")" + std::string(levels - 1, '\x85'); };
  EXPECT_EQ(Read(op::pickle(nested(200))).root().kind, Kind::tuple);
  EXPECT_THAT(refusal(nested(201)), HasSubstr("nested deeper than the limit; expected at most 200 levels"));
  EXPECT_THAT(refusal(nested(100'000)), HasSubstr("nested deeper"));
  EXPECT_THAT(refusal(std::string(100'000, '(')), HasSubstr("marks at once"));
  // The deep part is met a second time, from further up.
  const std::string shared = nested(150) + "\x94" + std::string(60, '\x85') + std::string("h\0", 2);
  EXPECT_THAT(refusal("(" + shared + "t"), HasSubstr("nested deeper"));
}

TEST(Pickle, LimitsComeFromTheBudget) {
  EXPECT_THAT(refusal(std::string(50, 'N'), {.pickle_opcodes = 40}),
              HasSubstr("more opcodes than the limit; expected at most 40"));
  EXPECT_THAT(refusal(std::string(50, 'N'), {.pickle_values = 40}), HasSubstr("more values than the limit"));
  EXPECT_THAT(refusal("N" + std::string(50, '2'), {.pickle_values = 40}),
              HasSubstr("more values on its stack"));
  EXPECT_THAT(refusal("Nr" + little(0x7fffffff, 4)), HasSubstr("more remembered values than the limit"));
  EXPECT_THAT(refusal("Nr" + little(40, 4), {.pickle_memo = 40}), HasSubstr("more remembered values"));
  EXPECT_THAT(refusal(std::string(50, 'N'), {.header_bytes = 20}), HasSubstr("cut short or above the limit"));
  EXPECT_THAT(refusal("X" + little(0xffffffff, 4)), HasSubstr("cut short or above the limit"));
  EXPECT_THAT(refusal("\x8d" + little(~0ull, 8)), HasSubstr("cut short or above the limit"));
  EXPECT_THAT(refusal("\x95" + little(~0ull, 8)), HasSubstr("frame is longer"));
  EXPECT_THAT(refusal("\x8b" + little(~0ull, 4)), HasSubstr("cut short or above the limit"));
}

struct Target {
  const char* module;
  const char* name;
};

/// Functions with which pickles were made to run code, read or write files, or open connections, or with
/// which scanners of pickles were passed by: from advisories on torch, picklescan, fickling, ModelScan and
/// numpy.
constexpr Target kTargets[] = {
    {"os", "system"},
    {"posix", "system"},
    {"nt", "system"},
    {"os", "popen"},
    {"os", "execv"},
    {"os", "spawnl"},
    {"os", "remove"},
    {"subprocess", "Popen"},
    {"subprocess", "call"},
    {"subprocess", "check_output"},
    {"subprocess", "getoutput"},
    {"_posixsubprocess", "fork_exec"},
    {"builtins", "eval"},
    {"builtins", "exec"},
    {"builtins", "compile"},
    {"builtins", "open"},
    {"builtins", "getattr"},
    {"builtins", "__import__"},
    {"builtins", "apply"},
    {"__builtin__", "eval"},
    {"__builtin__", "execfile"},
    {"__builtin__", "getattr"},
    {"importlib", "import_module"},
    {"runpy", "run_path"},
    {"runpy", "_run_code"},
    {"code", "InteractiveInterpreter.runcode"},
    {"pty", "spawn"},
    {"pdb", "Pdb.run"},
    {"bdb", "Bdb.run"},
    {"cProfile", "runctx"},
    {"profile", "Profile.run"},
    {"timeit", "timeit"},
    {"trace", "Trace.run"},
    {"doctest", "debug_script"},
    {"asyncio.unix_events", "_UnixSubprocessTransport._start"},
    {"asyncio", "create_subprocess_shell"},
    {"multiprocessing.util", "spawnv_passfds"},
    {"operator", "attrgetter"},
    {"operator", "methodcaller"},
    {"_operator", "attrgetter"},
    {"functools", "partial"},
    {"functools", "reduce"},
    {"itertools", "starmap"},
    {"types", "FunctionType"},
    {"types", "CodeType"},
    {"ctypes", "CDLL"},
    {"cffi", "FFI"},
    {"socket", "create_connection"},
    {"urllib.request", "urlopen"},
    {"http.client", "HTTPSConnection"},
    {"requests.api", "get"},
    {"ssl", "get_server_certificate"},
    {"webbrowser", "open"},
    {"smtplib", "SMTP"},
    {"shutil", "rmtree"},
    {"shutil", "move"},
    {"pathlib", "Path.write_bytes"},
    {"io", "FileIO"},
    {"linecache", "getline"},
    {"logging.config", "_resolve"},
    {"pickle", "loads"},
    {"_pickle", "loads"},
    {"marshal", "loads"},
    {"dill", "loads"},
    {"joblib", "load"},
    {"copyreg", "_reconstructor"},
    {"ensurepip", "_run_pip"},
    {"pip", "main"},
    {"venv", "create"},
    {"pydoc", "pipepager"},
    {"lib2to3.pgen2.grammar", "Grammar.loads"},
    {"idlelib.pyshell", "ModifiedInterpreter.runcode"},
    {"numpy.testing._private.utils", "runstring"},
    {"numpy", "load"},
    {"numpy.f2py.crackfortran", "getlincoef"},
    {"torch", "load"},
    {"torch.hub", "load"},
    {"torch.serialization", "load"},
    {"torch.jit.unsupported_tensor_ops", "execWrapper"},
    {"torch.utils.bottleneck.__main__", "run_cprofile"},
    {"torch.utils.collect_env", "run"},
    {"torch._dynamo.guards", "GuardBuilder.get"},
    {"torch.fx.experimental.symbolic_shapes", "ShapeEnv.evaluate_guards_expression"},
    {"torch.distributed.rpc", "rpc_sync"},
    {"torch._utils", "_rebuild_from_type_v2"},
    {"torch.storage", "_load_from_bytes"},
    {"transformers.training_args", "TrainingArguments"},
    {"collections", "OrderedDict.__init__"},
    {"collections", "namedtuple"}};
static_assert(std::size(kTargets) >= 60);

/// Every way in which a pickle can name a function and call it with one text.
std::vector<std::string> encodings(const Target& target) {
  const std::string module = op::text(target.module), name = op::text(target.name);
  const std::string argument = op::text("touch canary") + "\x85R";
  return {op::name(target.module, target.name) + argument, module + name + "\x93" + argument,
          "(" + op::text("touch canary") + "i" + target.module + "\n" + target.name + "\n",
          name +
              "q\x05"
              "0" +
              module +
              "q\x06"
              "0"
              "h\x06h\x05\x93" +
              argument};
}

TEST(PickleAttacks, EveryNameIsRefusedByNameInEveryEncodingAndContainer) {
  int files = 0;
  for (const Target& target : kTargets) {
    for (const std::string& body : encodings(target)) {
      const std::string called = std::string(target.module) + "." + target.name;
      for (const std::string& bytes : {zip_bytes(zip_spec(body)), legacy_bytes(body), op::pickle(body, 4)}) {
        SCOPED_TRACE(called);
        EXPECT_THAT(refusal_of(bytes),
                    HasSubstr("names a function or class that weights do not need; got '" + called + "'"));
        ++files;
      }
    }
  }
  EXPECT_GE(files, 700);
}

// Hidden among good weights, the attack is met before anything is made of them.
TEST(PickleAttacks, ANameBesideGoodWeightsIsRefused) {
  for (const std::string& body : encodings({"os", "system"})) {
    const std::string beside = "}(" + op::text("w") +
                               op::tensor(op::storage("0", 4), 0, op::integer(4), op::integer(1)) +
                               op::text("x") + body + "u";
    EXPECT_THAT(refusal_of(zip_bytes(zip_spec(beside))), HasSubstr("'os.system'"));
    EXPECT_THAT(refusal_of(legacy_bytes(body + "0" + op::kGood)), HasSubstr("'os.system'"));
  }
}

// The small pickles of the old layout may name nothing at all, not even what weights need.
TEST(PickleAttacks, TheSmallPicklesMayNameNothing) {
  const std::string allowed = op::pickle(op::name("torch", "FloatStorage"));
  EXPECT_THAT(refusal_of(allowed), HasSubstr("'torch.FloatStorage'"));
  EXPECT_THAT(refusal_of(kMagicPickle + allowed), HasSubstr("'torch.FloatStorage'"));
  EXPECT_THAT(refusal_of(kMagicPickle + kVersionPickle + allowed), HasSubstr("'torch.FloatStorage'"));
  EXPECT_THAT(refusal_of(kMagicPickle + kVersionPickle + kMachinePickle + op::pickle(op::kGood) + allowed),
              HasSubstr("'torch.FloatStorage'"));
}

}  // namespace
}  // namespace sonde::files
