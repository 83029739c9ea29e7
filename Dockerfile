# syntax=docker/dockerfile:1
#
#   docker build -t stanchion .                    the image of pipelines: with a shell and git
#   docker build -t stanchion --target bare .      the program alone, a static binary on nothing
#   docker run --rm -v "$PWD:/work:ro" stanchion check

FROM rust:1.95-alpine AS build
# The compilers of tree-sitter's grammars and of the allocator want the headers of musl.
# Alpine keeps no old versions: a pinned one would break the build with its next fix.
# hadolint ignore=DL3018
RUN apk add --no-cache musl-dev
WORKDIR /source
COPY Cargo.toml Cargo.lock README.md ./
COPY rules rules
COPY src src
ENV CARGO_PROFILE_RELEASE_LTO=thin CARGO_PROFILE_RELEASE_STRIP=symbols
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/source/target \
    cargo build --release --locked --bin stanchion && cp target/release/stanchion /stanchion

FROM scratch AS bare
COPY --from=build /stanchion /usr/local/bin/stanchion
COPY LICENSE-APACHE LICENSE-MIT /usr/share/licenses/stanchion/
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/stanchion"]
CMD ["check"]

# GitLab, Azure Pipelines and Jenkins run their steps by a shell in the image, and `--since` and `--staged` need git.
FROM alpine:3.22 AS pipeline
# The repository that is mounted belongs to somebody else. stanchion only reads objects from it: no hook, no filter.
# hadolint ignore=DL3018
RUN apk add --no-cache git && git config --system --add safe.directory '*' && adduser -D -H -u 65532 stanchion
COPY --from=build /stanchion /usr/local/bin/stanchion
COPY LICENSE-APACHE LICENSE-MIT /usr/share/licenses/stanchion/
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/stanchion"]
CMD ["check"]
