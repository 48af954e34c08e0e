# The worker and the command line. No stand-ins, no embedded servers, no compiler, no root.
FROM python:3.13.14-slim-trixie AS packages

RUN python -m venv /opt/venv
COPY requirements-runtime.lock /tmp/
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check \
    --only-binary :all: --require-hashes --requirement /tmp/requirements-runtime.lock


FROM python:3.13.14-slim-trixie

# Which build this is: a commit, say. Where TEMPORAL_DEPLOYMENT_NAME is set, workers tell Temporal (docs/deploying.md).
ARG BUILD_ID=unknown
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TEMPORAL_WORKER_BUILD_ID=$BUILD_ID

RUN groupadd --system --gid 10001 xerosync \
    && useradd --system --uid 10001 --gid xerosync --home-dir /app --no-create-home xerosync

WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY worker.py starter.py ./
COPY activities/ activities/
COPY workflows/ workflows/
COPY xerosync/ xerosync/
# Temporal's sandbox loads a workflow's module for every run of it: compiled here, not each time.
RUN python -m compileall -q .

# By number: an orchestrator that forbids root can't look names up.
USER 10001:10001

HEALTHCHECK --interval=15s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8081/readyz', timeout=5)"]

CMD ["python", "worker.py"]
