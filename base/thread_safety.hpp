// Names for clang's thread-safety attributes (-Wthread-safety): which lock guards what is checked by the compiler.
#pragma once

#define HINGE_CAPABILITY(name) __attribute__((capability(name)))
#define HINGE_SCOPED_CAPABILITY __attribute__((scoped_lockable))
#define HINGE_GUARDED_BY(lock) __attribute__((guarded_by(lock)))
#define HINGE_ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define HINGE_TRY_ACQUIRE(...) __attribute__((try_acquire_capability(__VA_ARGS__)))
#define HINGE_RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
#define HINGE_REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define HINGE_EXCLUDES(...) __attribute__((locks_excluded(__VA_ARGS__)))
