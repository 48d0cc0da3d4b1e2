# A partial output of a failed command, for example on a full disk, must not be taken for a complete one.
.DELETE_ON_ERROR:

# Warnings and hardening for all native parts. Every part's Makefile includes this file, and
# test/unit/native/hardening.test.ts checks the resulting programs.
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wconversion -Wformat=2 -Wimplicit-fallthrough

# Level 3, which checks sizes known only at run time, needs GCC 12 and glibc 2.34; older ones warn and ignore it.
FORTIFY := $(shell $(CC) -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -Werror -include features.h -x c -E /dev/null \
	>/dev/null 2>&1 && echo 3 || echo 2)
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(FORTIFY)
HARDEN_LINK := -Wl,-z,relro,-z,now,-z,noexecstack

# Programs that use the system's C library, and shared objects loaded into other programs.
PROGRAM_FLAGS := $(HARDEN) -fPIE
PROGRAM_LINK := $(HARDEN_LINK) -pie
LIBRARY_FLAGS := $(HARDEN) -fPIC -fvisibility=hidden
LIBRARY_LINK := $(HARDEN_LINK) -shared

# Static programs with musl, also position-independent. musl-gcc does not support -static-pie, so these are the linker
# options that GCC would use, and the start file that relocates the program.
MUSL := /usr/lib/x86_64-linux-musl
STATIC_FLAGS := $(PROGRAM_FLAGS)
STATIC_LINK := $(HARDEN_LINK) -s -static -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text \
	$(MUSL)/rcrt1.o $(MUSL)/crti.o $(shell $(CC) -print-file-name=crtbeginS.o) \
	$(shell $(CC) -print-file-name=crtendS.o) $(MUSL)/crtn.o

# Tests, fuzzers and the analyzer use the system's C library, which sanitizers need.
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SANITIZE := -std=c11 -g -O1 $(SANITIZERS) $(WARNINGS)
