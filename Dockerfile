# A small image with aludel as its entry point: docker build -t aludel .
# The binary needs no library but the C library. It calls pg_dump or mariadb-dump for backups: put them into an
# image of your own (FROM postgres:17, COPY --from=aludel /usr/local/bin/aludel ...) if you want `backup` and `deploy`.
FROM rust:1-bookworm AS build
WORKDIR /build
COPY . .
RUN cargo build --release --locked

FROM gcr.io/distroless/base-debian12:nonroot
COPY --from=build /build/target/release/aludel /usr/local/bin/aludel
WORKDIR /project
ENTRYPOINT ["/usr/local/bin/aludel"]
CMD ["--help"]
