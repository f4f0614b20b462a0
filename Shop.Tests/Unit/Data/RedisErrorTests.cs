using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Pipelines.Sockets.Unofficial;
using StackExchange.Redis;

namespace Shop.Tests.Unit.Data;

public class RedisErrorTests
{
    [Theory]
    [InlineData("LOADING Redis is loading the dataset in memory", 503)]
    [InlineData("READONLY You can't write against a read only replica.", 503)]
    [InlineData("READONLY You can't write against a read only replica. script: 7d5c, on @user_script:2.", 503)]
    [InlineData("ERR Error running script (call to f_7d5c): @user_script:2: -READONLY You can't write against a replica.", 503)]
    [InlineData("OOM command not allowed when used memory > 'maxmemory'.", 503)]
    [InlineData("MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.", 503)]
    [InlineData("MISCONF Errors writing to the AOF file: No space left on device", 503)]
    [InlineData("NOREPLICAS Not enough good replicas to write.", 503)]
    [InlineData("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 503)]
    [InlineData("BUSY Redis is busy running a script.", 503)]
    [InlineData("WRONGTYPE Operation against a key holding the wrong kind of value", 500)]
    [InlineData("ERR unknown command 'READONLY'", 500)]
    public void Server_that_refuses_commands_is_unavailable(string error, int status) =>
        Assert.Equal(status, SelectStatus(new RedisServerException(error)));

    [Fact]
    public void Connection_that_breaks_during_a_command_is_unavailable()
    {
        Assert.Equal(503, SelectStatus(new RedisConnectionException(ConnectionFailureType.SocketClosed, "closed")));
        Assert.Equal(503, SelectStatus(new ConnectionResetException("Connection reset by peer")));
        Assert.Equal(500, SelectStatus(new IOException("Connection reset by peer")));
    }

    private static int SelectStatus(Exception exception)
    {
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "Shop.Cart" });
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:redis", "127.0.0.1:1,abortConnect=false")]);
        builder.AddProblems();
        builder.AddRedis("redis");
        using var services = builder.Services.BuildServiceProvider();
        var select = services.GetRequiredService<IOptions<ExceptionHandlerOptions>>().Value.StatusCodeSelector!;

        return select(new InvalidOperationException("outer", exception));
    }
}
