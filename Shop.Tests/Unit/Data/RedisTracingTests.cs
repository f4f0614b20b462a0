using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Instrumentation.StackExchangeRedis;
using Shop.Data;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace Shop.Tests.Unit.Data;

public sealed class RedisTracingTests
{
    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, true)]
    [InlineData(false, false, true)] // the request may still fail, and is then sampled with its children
    [InlineData(false, true, false)]
    public void Command_is_traced_while_its_trace_may_be_sampled(bool recorded, bool requestEnded, bool traced)
    {
        using var request = new Activity("request").Start();
        using var command = new Activity("command").Start();
        command.ActivityTraceFlags = recorded ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None;
        command.Stop();
        if (requestEnded)
        {
            request.Stop();
        }

        Assert.Equal(traced, RedisExtensions.IsTraced(new RedisInstrumentationContext(command, null!)));
    }

    [Fact]
    public void Command_outside_of_a_request_is_not_traced() =>
        Assert.False(RedisExtensions.IsTraced(new RedisInstrumentationContext(null, null!)));

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Command_is_profiled_only_below_a_recorded_span(bool recorded, bool profiled)
    {
        var connection = DispatchProxy.Create<IConnectionMultiplexer, ProfiledConnection>();
        RedisProfiling.Wrap(connection).RegisterProfiler(() => new ProfilingSession());
        var getSession = ((ProfiledConnection)(object)connection).GetSession!;

        using (var request = new Activity("request") { IsAllDataRequested = recorded }.Start())
        {
            Assert.Equal(profiled, getSession() is not null);
        }

        Assert.Null(getSession());
    }

    // The connection has no way to read its profiler.
#pragma warning disable CA1852 // A proxy is derived at run time.
    private class ProfiledConnection : DispatchProxy
#pragma warning restore CA1852
    {
        public Func<ProfilingSession?>? GetSession { get; private set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            GetSession = (Func<ProfilingSession?>)args![0]!;
            return null;
        }
    }
}
