# The bot in an image: `docker build -t retouch .`, or compose.yaml. docs/hosting.md says how it is run.
# BASE is any image with python3 (3.11 or newer), its venv module, and the certificates of the usual authorities.
ARG BASE=docker.io/library/python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /app
COPY requirements.txt ./
RUN python3 -m venv /venv \
 && /venv/bin/python -m pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.txt \
 && /venv/bin/python -m pip uninstall --quiet --yes setuptools pip
COPY bot bot
COPY cogs cogs
COPY locales locales
RUN /venv/bin/python -m compileall -q bot cogs

FROM ${BASE}
# A number, so that a host can see that it is not root. A new volume at /data gets this folder's owner and mode. There is no
# VOLUME: Railway refuses it, and elsewhere it makes a nameless volume, which nobody finds again.
RUN mkdir -m 0700 /data && chown 10001:10001 /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////data/retouch.db \
    PORT=8080
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
# Also a process that waits for its turn is healthy: /readyz tells which one works.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD python -IS -c "import http.client as http; asked = http.HTTPConnection('127.0.0.1', $PORT, timeout=4); asked.request('GET', '/healthz'); raise SystemExit(asked.getresponse().status != 200)"
CMD ["python", "-m", "bot"]
