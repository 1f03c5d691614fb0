// The manifest's text, line by line: words separated by blanks, `#` begins a comment. Each keyword has one function.
// Numbers are decimal or 0x hexadecimal. The first mistake ends it, with file and line.
#include "placement/manifest.hpp"

#include <algorithm>

#include "abi/image.hpp"

namespace hinge::placement {
namespace {

constexpr u32 max_depth = 4;   ///< Of includes in includes.
constexpr u32 max_words = 8;

using Words = FixedList<std::string_view, max_words>;

bool is_name(std::string_view word) {
  if (word.empty() || word.size() >= image::name_bytes) return false;
  for (char c : word)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-')) return false;
  return true;
}

Result<u64> number(std::string_view word) {
  u32 const base = word.starts_with("0x") ? 16 : 10;
  if (base == 16) word.remove_prefix(2);
  if (word.empty()) return fail(Error::invalid);
  u64 value = 0;
  for (char c : word) {
    u32 const digit = c >= '0' && c <= '9' ? u32(c - '0') : c >= 'a' && c <= 'f' ? u32(c - 'a' + 10) : 99;
    if (digit >= base || value > (~u64{0} - digit) / base) return fail(Error::invalid);
    value = value * base + digit;
  }
  return value;
}

class Parser {
 public:
  Parser(Files& files, Manifest& manifest) : files_{files}, manifest_{manifest} {}

  Checked<> file(std::string_view name) {
    auto const text = files_.open(name);
    if (!text) return problem({"no such file: ", name});
    if (depth_ == max_depth) return problem({"includes nest too deeply, at ", name});
    ++depth_;
    auto const outer_file = file_;
    u32 const outer_line = line_;
    file_ = name;
    line_ = 0;
    service_ = nullptr;
    for (std::string_view rest = *text; !rest.empty();) {
      usize const length = rest.find('\n');
      CHECK(line(rest.substr(0, length)));
      rest.remove_prefix(length == rest.npos ? rest.size() : length + 1);
    }
    file_ = outer_file;
    line_ = outer_line;
    service_ = nullptr;
    --depth_;
    return ok;
  }

 private:
  using Handler = Checked<> (Parser::*)(Words const&);
  struct Keyword {
    std::string_view word;
    u32 least, most;         ///< Words on the line, the keyword among them.
    bool in_service;
    Handler handler;
    std::string_view usage;
  };
  static Keyword const keywords[16];

  std::unexpected<Problem> problem(std::initializer_list<std::string_view> parts) const {
    return std::unexpected{Problem{file_, line_, parts}};
  }
  std::unexpected<Problem> too_many(std::string_view what) const { return problem({"too many ", what}); }

  [[gnu::noinline]] Checked<> line(std::string_view text) {
    ++line_;
    text = text.substr(0, text.find('#'));
    Words words;
    for (;;) {
      usize const begin = text.find_first_not_of(" \t\r");
      if (begin == text.npos) break;
      text.remove_prefix(begin);
      usize const length = std::min(text.find_first_of(" \t\r"), text.size());
      if (!words.add(text.substr(0, length))) return too_many("words on the line");
      text.remove_prefix(length);
    }
    if (words.empty()) return ok;
    for (Keyword const& k : keywords) {
      if (k.word != words[0]) continue;
      if (k.in_service && !service_) return problem({"'", k.word, "' belongs into a service, after 'service NAME'"});
      if (words.size() < k.least || words.size() > k.most) return problem({"expected: ", k.usage});
      return (this->*k.handler)(words);
    }
    return problem({"unknown word '", words[0], "'"});
  }

  Checked<std::string_view> name(std::string_view word) const {
    if (!is_name(word)) return problem({"not a name: '", word, "' (1 to 23 of a-z 0-9 _ -)"});
    return word;
  }
  Checked<u64> value(std::string_view word, u64 least, u64 most) const {
    auto const v = number(word);
    if (!v) return problem({"not a number: '", word, "'"});
    if (*v < least || *v > most) return problem({"out of range: ", word});
    return *v;
  }

  Checked<> on_include(Words const& w) { return file(w[1]); }

  Checked<> on_service(Words const& w) {
    CHECK(name(w[1]));
    if (w[1] == "placement") return problem({"'placement' is not a service of the manifest"});
    if (manifest_.find(w[1])) return problem({"service '", w[1], "' is there already"});
    auto const added = manifest_.services.extend();
    if (!added) return too_many("services");
    service_ = *added;
    service_->name = w[1];
    service_->file = file_;
    service_->line = line_;
    return ok;
  }

  Checked<> on_place(Words const& w) {
    service_ = nullptr;
    if (w[1] != "*") CHECK(name(w[1]));
    PlaceRule rule{w[1], false, {}, file_, line_};
    if (w[2] == "kernel" && w.size() == 3) rule.kernel = true;
    else if (w[2] == "domain" && w.size() == 4) rule.domain = CHECK(name(w[3]));
    else if (w[2] != "apart" || w.size() != 3) return problem({"a place is 'kernel', 'domain NAME' or 'apart'"});
    if (!manifest_.rules.add(rule)) return too_many("rules");
    return ok;
  }

  Checked<> on_image(Words const& w) {
    service_->image = w[1];
    return ok;
  }
  Checked<> on_frames(Words const& w) {
    service_->frames_are_percent = w[1].ends_with('%');
    if (service_->frames_are_percent) service_->frames = CHECK(value(w[1].substr(0, w[1].size() - 1), 1, 100));
    else service_->frames = CHECK(value(w[1], 1, u64{1} << 40));
    return ok;
  }
  Checked<> on_activations(Words const& w) {
    service_->activations = u32(CHECK(value(w[1], 1, 1024)));
    return ok;
  }
  /// "250ms", "2s".
  Checked<u64> duration_ns(std::string_view word) const {
    bool const milliseconds = word.ends_with("ms");
    if (!word.ends_with('s')) return problem({"not a time: '", word, "' (as 250ms or 2s)"});
    u64 const count = CHECK(value(word.substr(0, word.size() - (milliseconds ? 2 : 1)), 1, 3'600'000));
    return count * (milliseconds ? 1'000'000 : 1'000'000'000);
  }
  Checked<> on_drain_limit(Words const& w) {
    service_->drain_limit_ns = CHECK(duration_ns(w[1]));
    return ok;
  }
  Checked<> on_worker_priority(Words const& w) {
    service_->worker_priority = u32(CHECK(value(w[1], 1, 31)));
    return ok;
  }
  Checked<> on_worker_budget(Words const& w) {
    service_->worker_budget_ns = CHECK(duration_ns(w[1]));
    service_->worker_period_ns = CHECK(duration_ns(w[3]));
    bool const fits = w[2] == "in" && service_->worker_budget_ns <= service_->worker_period_ns && service_->worker_period_ns <= 600'000'000'000;
    return fits ? Checked<>{ok} : problem({"expected: worker-budget TIME in PERIOD, at most all of it, 600s at the most"});
  }
  Checked<> on_hang_limit(Words const& w) {
    service_->hang_limit_ns = w[1] == "none" ? 0 : CHECK(duration_ns(w[1]));
    return ok;
  }
  Checked<> on_restart(Words const& w) {
    Recovery& r = service_->recovery;
    if (w[2] != "in" || w.size() == 5 || (w.size() == 6 && w[4] != "backoff")) return problem({"expected: restart COUNT in TIME [backoff TIME]"});
    r.restarts = u32(CHECK(value(w[1], 1, Recovery::most)));
    r.window_ns = CHECK(duration_ns(w[3]));
    if (w.size() == 6) r.backoff_ns = CHECK(duration_ns(w[5]));
    return ok;
  }
  Checked<> on_leave(Words const& w) {
    for (u32 i = 1; i < w.size(); ++i) {
      u32 why = 1;
      while (why < u32(Death::count_) && w[i] != to_string(Death(why))) ++why;
      if (why == u32(Death::count_)) return problem({"not a way to die: '", w[i], "'"});
      service_->recovery.leave |= 1u << why;
    }
    return ok;
  }
  Checked<> on_provides(Words const& w) {
    if (!service_->provides.add(CHECK(name(w[1])))) return too_many("interfaces");
    return ok;
  }

  Checked<> on_calls(Words const& w) {
    if (w.size() == 3 || (w.size() == 4 && w[2] != "as")) return problem({"expected: calls SERVICE [as ROLE]"});
    Edge const edge{CHECK(name(w[1])), CHECK(name(w[w.size() - 1])), line_};
    for (Edge const& e : service_->calls)
      if (e.role == edge.role) return problem({"role '", edge.role, "' is taken already"});
    if (!service_->calls.add(edge)) return too_many("calls");
    return ok;
  }

  Checked<> on_signal(Words const& w) {
    usize const dot = w[3].find('.');
    if (w[2] != "->" || dot == w[3].npos) return problem({"expected: signal EVENT -> SERVICE.INTERFACE"});
    Signal const s{CHECK(name(w[1])), CHECK(name(w[3].substr(0, dot))), CHECK(name(w[3].substr(dot + 1))), line_};
    if (!service_->signals.add(s)) return too_many("signals");
    return ok;
  }

  Checked<> on_grant(Words const& w) {
    static constexpr struct { std::string_view word; GrantKind kind; u64 limit; } kinds[] = {
        {"ports", GrantKind::ports, 0xffff},      {"interrupt", GrantKind::interrupt, 255},
        {"memory", GrantKind::memory, (u64{1} << 44) - 1}, {"power", GrantKind::power, 0},
        {"boot-archive", GrantKind::boot_archive, 0},      {"caller-view", GrantKind::caller_view, 0},
        {"wall-clock", GrantKind::wall_clock, 0},          {"device", GrantKind::device, 0}};
    for (auto const& k : kinds) {
      if (k.word != w[1]) continue;
      Grant grant{k.kind, 0, 0, w[1], line_};
      u32 next = 2;
      if (k.limit) {
        if (w.size() < 3) return problem({"'grant ", k.word, "' needs a number or a range"});
        usize const dash = k.kind == GrantKind::interrupt ? w[2].npos : w[2].find('-');
        grant.first = CHECK(value(w[2].substr(0, dash), 0, k.limit));
        grant.last = dash == w[2].npos ? grant.first : CHECK(value(w[2].substr(dash + 1), grant.first, k.limit));
        next = 3;
      }
      if (k.kind == GrantKind::device) {
        if (w.size() < 3) return problem({"'grant device' needs VENDOR:DEVICE"});
        CHECK(device_ids(w[2], grant));
        next = 3;
      }
      if (w.size() == next + 2 && w[next] == "as") grant.name = CHECK(name(w[next + 1]));
      else if (w.size() != next) return problem({"expected: grant KIND [NUMBER[-NUMBER]] [as NAME]"});
      if (!service_->grants.add(grant)) return too_many("grants");
      return ok;
    }
    return problem({"nothing is called '", w[1], "' that could be granted"});
  }

  /// VENDOR:DEVICE[,VENDOR:DEVICE...], four hexadecimal digits each.
  [[gnu::noinline]] Checked<> device_ids(std::string_view list, Grant& grant) const {
    constexpr usize digits = 4, each = 2 * digits + 1;
    auto const part = [&](std::string_view text) -> Result<u16> {
      u32 value = 0;
      for (char c : text) {
        u32 const digit = c >= '0' && c <= '9' ? u32(c - '0') : c >= 'a' && c <= 'f' ? u32(c - 'a' + 10) : 99;
        if (digit > 15) return fail(Error::invalid);
        value = value * 16 + digit;
      }
      return u16(value);
    };
    for (;;) {
      std::string_view const id = list.substr(0, each);
      if (id.size() != each || id[digits] != ':') return problem({"not VENDOR:DEVICE, as in 1af4:1042: '", list, "'"});
      auto const vendor = part(id.substr(0, digits)), device = part(id.substr(digits + 1));
      if (!vendor || !device) return problem({"not VENDOR:DEVICE, as in 1af4:1042: '", list, "'"});
      if (!grant.ids.add({*vendor, *device})) return too_many("kinds of devices");
      if (list.size() == each) return ok;
      if (list[each] != ',') return problem({"expected a comma between devices: '", list, "'"});
      list.remove_prefix(each + 1);
    }
  }

  Files& files_;
  Manifest& manifest_;
  std::string_view file_ = "kernel command line";
  u32 line_ = 0;
  u32 depth_ = 0;
  Service* service_ = nullptr;
};

constinit Parser::Keyword const Parser::keywords[16] = {
    {"include", 2, 2, false, &Parser::on_include, "include FILE"},
    {"service", 2, 2, false, &Parser::on_service, "service NAME"},
    {"place", 3, 4, false, &Parser::on_place, "place SERVICE|* kernel|apart|domain NAME"},
    {"image", 2, 2, true, &Parser::on_image, "image FILE"},
    {"frames", 2, 2, true, &Parser::on_frames, "frames COUNT|PERCENT%"},
    {"activations", 2, 2, true, &Parser::on_activations, "activations COUNT"},
    {"drain-limit", 2, 2, true, &Parser::on_drain_limit, "drain-limit TIME"},
    {"worker-priority", 2, 2, true, &Parser::on_worker_priority, "worker-priority NUMBER"},
    {"worker-budget", 4, 4, true, &Parser::on_worker_budget, "worker-budget TIME in PERIOD"},
    {"hang-limit", 2, 2, true, &Parser::on_hang_limit, "hang-limit TIME or none"},
    {"restart", 4, 6, true, &Parser::on_restart, "restart COUNT in TIME [backoff TIME]"},
    {"leave", 2, 6, true, &Parser::on_leave, "leave fault|hang|kill|quota|garbage..."},
    {"provides", 2, 2, true, &Parser::on_provides, "provides INTERFACE"},
    {"calls", 2, 4, true, &Parser::on_calls, "calls SERVICE [as ROLE]"},
    {"signal", 4, 4, true, &Parser::on_signal, "signal EVENT -> SERVICE.INTERFACE"},
    {"grant", 2, 5, true, &Parser::on_grant, "grant KIND [NUMBER[-NUMBER]|VENDOR:DEVICE] [as NAME]"},
};

}  // namespace

Service const* Manifest::find(std::string_view name) const {
  for (Service const& s : services)
    if (s.name == name) return &s;
  return nullptr;
}

Checked<> parse(Files& files, std::string_view file, Manifest& manifest) { return Parser{files, manifest}.file(file); }

}  // namespace hinge::placement
