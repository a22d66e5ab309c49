# docker build -t plimsoll . && docker run -p 8501:8501 -v plimsoll:/data plimsoll
FROM python:3.13-slim

RUN useradd --create-home --uid 1000 plimsoll && mkdir /data && chown plimsoll /data
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements.txt
COPY --chown=plimsoll . .
USER plimsoll
ENV DATA_DIR=/data BIND_ADDRESS=0.0.0.0 PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8501
HEALTHCHECK --start-period=30s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/healthz', timeout=5)"]
CMD ["python", "-m", "lib", "run"]
