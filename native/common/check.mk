# For `make check`: compiles each source once with sanitizers, however many programs it is part of, and analyzes it once.
# A part includes this file after it has set BUILD, and adds the flags that its sources need to SANITIZE.

# Mutated inputs per run of a fuzzer. `npm run test:full -- soak` runs each fuzzer for minutes.
ROUNDS := 10000

PART := $(notdir $(CURDIR))
# Objects and stamps have the paths of their sources below native/.
below_native = $(patsubst ../%,%,$(filter ../%,$(1))) $(addprefix $(PART)/,$(filter-out ../%,$(1)))
sanitized = $(patsubst %.c,$(BUILD)/sanitized/%.o,$(call below_native,$(filter %.c,$(1))))
analyzed = $(patsubst %.c,$(BUILD)/analyzed/%,$(sort $(call below_native,$(1))))
# Files that list what each source includes. The part's Makefile includes them at its end.
INCLUDES := $(wildcard $(addprefix $(BUILD)/,*/*/*.d */*/*/*.d))
INCLUDED = -MMD -MP -MF $@.d -MT $@

$(BUILD)/sanitized/%.o: ../%.c $(MAKEFILE_LIST)
	mkdir -p $(@D)
	$(CC) $(SANITIZE) $(INCLUDED) -c -o $@ $<

$(BUILD)/analyzed/%: ../%.c $(MAKEFILE_LIST)
	mkdir -p $(@D)
	$(CC) $(filter-out -g $(SANITIZERS),$(SANITIZE)) -fanalyzer $(INCLUDED) -c -o /dev/null $<
	touch $@
