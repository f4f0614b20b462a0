using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Instrumentation.StackExchangeRedis;

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
}
