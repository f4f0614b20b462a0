using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using OpenTelemetry;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace Aspire.StackExchange.Redis;

/// <summary>
/// Stands for OpenTelemetry.Instrumentation.StackExchangeRedis.StackExchangeRedisInstrumentation: one client span for each
/// command, made from the multiplexer's own profile of it, as a child of the activity that sent it.
/// </summary>
internal sealed class RedisInstrumentation : IDisposable
{
    public const string SourceName = "OpenTelemetry.Instrumentation.StackExchangeRedis";

    private static readonly ActivitySource _source = new(SourceName);
    private static readonly TimeSpan _drainInterval = TimeSpan.FromMilliseconds(250);

    // A command without an answer after this long (the multiplexer gives up after seconds) will not get a span.
    private static readonly TimeSpan _longestCommand = TimeSpan.FromMinutes(1);

    private readonly ConcurrentQueue<Sent> _sent = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _draining;
    private int _disposed;

    public RedisInstrumentation()
    {
        // Not the activity and baggage of whoever opened the first connection.
        using (ExecutionContext.SuppressFlow())
            _draining = Task.Run(DrainAsync);
    }

    public void AddConnection(IConnectionMultiplexer connection) => connection.RegisterProfiler(Profile);

    // Twice: by the tracer provider, whose exporter needs the last spans, and by the container.
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        _stop.Cancel();
        _draining.Wait(TimeSpan.FromSeconds(1));
        Drain();
        _stop.Dispose();
    }

    // Asked by the multiplexer for each command, on the thread that sends it.
    private ProfilingSession? Profile()
    {
        if (Sdk.SuppressInstrumentation || !_source.HasListeners() || Volatile.Read(ref _disposed) != 0)
            return null;

        var session = new ProfilingSession();
        _sent.Enqueue(new Sent(session, Activity.Current, Stopwatch.GetTimestamp()));
        return session;
    }

    private async Task DrainAsync()
    {
        using var timer = new PeriodicTimer(_drainInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                Drain();
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Drain()
    {
        for (var count = _sent.Count; count > 0 && _sent.TryDequeue(out var sent); count--)
        {
            var answered = false;
            foreach (var command in sent.Session.FinishProfiling())
            {
                answered = true;
                WriteSpan(command, sent);
            }

            if (!answered && Stopwatch.GetElapsedTime(sent.At) < _longestCommand)
                _sent.Enqueue(sent);
        }
    }

    private static void WriteSpan(IProfiledCommand command, Sent sent)
    {
        using var span = _source.StartActivity(command.Command, ActivityKind.Client, sent.Parent?.Context ?? default, startTime: command.CommandCreated);
        if (span is null)
            return;

        span.SetTag("db.system.name", "redis");
        span.SetTag("db.operation.name", command.Command);
        span.SetTag("db.namespace", command.Db.ToString(CultureInfo.InvariantCulture));
        switch (command.EndPoint)
        {
            case DnsEndPoint dns:
                span.SetTag("server.address", dns.Host);
                span.SetTag("server.port", dns.Port);
                break;
            case IPEndPoint ip:
                span.SetTag("server.address", ip.Address.ToString());
                span.SetTag("server.port", ip.Port);
                break;
        }

        span.SetEndTime(command.CommandCreated + command.ElapsedTime);
    }

    private sealed record Sent(ProfilingSession Session, Activity? Parent, long At);
}
