namespace Shop.Insights.Spans.Otlp;

/// <summary>Receives spans, over HTTP or gRPC. They are accepted when they are in the queue.</summary>
internal sealed class SpanReceiver(SpanQueue queue, SpanStore store, SpanMetrics metrics) : IDisposable
{
    private readonly SemaphoreSlim _requests = new(OtlpLimits.MaxRequests);

    /// <summary>Handles a request.</summary>
    /// <param name="readBody">Reads the body of the request, within the limit of its size.</param>
    /// <param name="isJson">Whether the body is JSON; otherwise, it is protobuf.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async Task<OtlpResult> ReceiveAsync(
        Func<CancellationToken, Task<ReadOnlyMemory<byte>>> readBody, bool isJson, CancellationToken cancellationToken)
    {
        // Not waiting: requests that wait need memory too, and the sender keeps its spans meanwhile.
        if (!await _requests.WaitAsync(TimeSpan.Zero, cancellationToken))
        {
            return Refuse(OtlpOutcome.Unavailable, "busy", "Too many requests are being read.");
        }

        try
        {
            var (first, last) = store.GetTimes();
            var batch = new SpanBatch(first, last);
            var body = await readBody(cancellationToken);
            if (isJson)
            {
                OtlpJson.Read(body, batch);
            }
            else
            {
                OtlpProtobuf.Read(body.Span, batch);
            }

            if (!queue.TryAdd(batch.Spans))
            {
                return Refuse(OtlpOutcome.Unavailable, "queue_full", "The queue of spans is full.");
            }

            metrics.AddRejected(batch.Rejected);
            return new(OtlpOutcome.Accepted, batch.RejectReason, batch.Rejected);
        }
        catch (InvalidDataException exception)
        {
            return Refuse(OtlpOutcome.Invalid, "invalid", exception.Message);
        }
        catch (OtlpLimitException exception)
        {
            return Refuse(OtlpOutcome.TooLarge, "too_large", exception.Message);
        }
        catch (OtlpEncodingException exception)
        {
            return RefuseUnsupported(exception.Message);
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Refuse(OtlpOutcome.TooLarge, "too_large", OtlpBodyReader.TooLarge);
        }
        finally
        {
            _requests.Release();
        }
    }

    /// <summary>Refuses a request because of its type or encoding.</summary>
    public OtlpResult RefuseUnsupported(string message) => Refuse(OtlpOutcome.Unsupported, "unsupported", message);

    public void Dispose() => _requests.Dispose();

    private OtlpResult Refuse(OtlpOutcome outcome, string reason, string message)
    {
        metrics.AddRefused(reason);
        return new(outcome, message);
    }
}
