// What can be said about a manifest before any image is read: every name means something, everybody has a place, and
// nobody calls in a circle. The order of starts is the depth-first order along the calls: servers first.
#include "placement/manifest.hpp"

namespace hinge::placement {
namespace {

class Checker {
 public:
  explicit Checker(Manifest& manifest) : m_{manifest} {}

  Checked<> run() {
    CHECK(apply_rules());
    for (Service& s : m_.services) CHECK(resolve(s));
    for (u32 i = 0; i < m_.services.size(); ++i) CHECK(visit(i));
    return ok;
  }

 private:
  static std::unexpected<Problem> problem(Service const& s, u32 line, std::initializer_list<std::string_view> parts) {
    return std::unexpected{Problem{s.file, line, parts}};
  }

  Checked<> apply_rules() {
    for (PlaceRule const& rule : m_.rules) {
      bool matched = rule.which == "*";
      for (Service& s : m_.services) {
        if (rule.which != "*" && rule.which != s.name) continue;
        matched = s.placed = true;
        s.kernel = rule.kernel;
        s.domain = rule.domain.empty() ? s.name : rule.domain;
      }
      if (!matched) return std::unexpected{Problem{rule.file, rule.line, {"no service is called '", rule.which, "'"}}};
    }
    return ok;
  }

  Result<u32> index_of(std::string_view name) const {
    Service const* const found = m_.find(name);
    if (!found) return fail(Error::not_found);
    return u32(found - m_.services.begin());
  }

  Checked<> resolve(Service& s) {
    if (!s.placed) return problem(s, s.line, {"service '", s.name, "' is not placed anywhere"});
    for (Edge& e : s.calls) {
      if (e.server == "placement") continue;
      auto const server = index_of(e.server);
      if (!server) return problem(s, e.line, {"'", s.name, "' calls '", e.server, "', which does not exist"});
      e.index = *server;
    }
    for (Signal& g : s.signals) {
      auto const target = index_of(g.service);
      if (!target) return problem(s, g.line, {"'", s.name, "' signals '", g.service, "', which does not exist"});
      g.index = *target;
    }
    for (Grant const& a : s.grants)
      for (Grant const* b = &a + 1; b != s.grants.end(); ++b)
        if (a.name == b->name) return problem(s, b->line, {"a grant called '", a.name, "' is there already"});
    return ok;
  }

  Checked<> visit(u32 index) {
    if (done_ >> index & 1) return ok;
    Service const& s = m_.services[index];
    (void)path_.add(index);  // Deeper than there are services it cannot get: a repeat is a cycle.
    on_path_ |= u64{1} << index;
    for (Edge const& e : s.calls) {
      if (e.index == to_placement) continue;
      if (on_path_ >> e.index & 1) return cycle(s, e);
      CHECK(visit(e.index));
    }
    on_path_ &= ~(u64{1} << index);
    done_ |= u64{1} << index;
    path_.drop_back();
    (void)m_.order.add(index);
    return ok;
  }

  /// "a calls b calls c calls a", from where the circle closes.
  std::unexpected<Problem> cycle(Service const& s, Edge const& closing) const {
    char text[128];
    usize length = 0;
    auto const say = [&](std::string_view part) {
      for (char c : part)
        if (length < sizeof text) text[length++] = c;
    };
    bool inside = false;
    for (u32 index : path_) {
      inside |= index == closing.index;
      if (!inside) continue;
      say(m_.services[index].name);
      say(" calls ");
    }
    say(closing.server);
    return problem(s, closing.line, {"calls go in a circle: ", std::string_view{text, length}});
  }

  using Path = FixedList<u32, max_services>;
  Manifest& m_;
  Path path_;
  u64 on_path_ = 0, done_ = 0;
  static_assert(max_services <= 64);
};

}  // namespace

Checked<> check(Manifest& manifest) { return Checker{manifest}.run(); }

}  // namespace hinge::placement
