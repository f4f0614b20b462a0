using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Aspire.Hosting.Testing;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>What the users of the services can do on the servers.</summary>
[Collection(WholeApplication.Name)]
public sealed class LeastPrivilegeTests(ShopApp shop)
{
    [Theory]
    [InlineData("catalogdb")]
    [InlineData("ordersdb")]
    public async Task Service_owns_its_database_and_is_not_a_superuser(string name)
    {
        var database = new Database(shop, name);

        Assert.Equal(name, await database.ReadAsync<string>("select current_user::text"));
        Assert.Equal("no", await database.ReadAsync<string>("""
            select case when rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls then 'yes' else 'no' end
            from pg_roles where rolname = current_user
            """));
        var owners = await database.LinesAsync("select distinct tableowner::text from pg_tables where schemaname = 'public'");
        Assert.Equal([name], owners);
    }

    [Theory]
    [InlineData("catalogdb", "ordersdb")]
    [InlineData("ordersdb", "catalogdb")]
    public async Task Service_cannot_connect_to_the_database_of_another(string own, string other)
    {
        var ownDatabase = new NpgsqlConnectionStringBuilder(await shop.ConnectionStringAsync(own));
        var otherDatabase = new NpgsqlConnectionStringBuilder(ownDatabase.ConnectionString) { Database = other, Pooling = false };
        await using var connection = new NpgsqlConnection(otherDatabase.ConnectionString);

        var error = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync());

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, error.SqlState);
    }

    [Fact]
    public async Task Services_have_no_access_to_the_administration_of_the_broker()
    {
        using var client = new HttpClient { BaseAddress = shop.App.GetEndpoint("rabbitmq", "management") };
        Assert.Equal(HttpStatusCode.OK, await GetUsersAsync("rabbitmq"));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetUsersAsync("shop"));

        async Task<HttpStatusCode> GetUsersAsync(string resource)
        {
            var user = Uri.UnescapeDataString(new Uri(await shop.ConnectionStringAsync(resource)).UserInfo);
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/users");
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(user)));
            using var response = await client.SendAsync(request);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Services_cannot_use_the_exchanges_of_the_broker()
    {
        var factory = new ConnectionFactory { Uri = new(await shop.ConnectionStringAsync("shop")), AutomaticRecoveryEnabled = false };
        await using var connection = await factory.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();

        var error = await Assert.ThrowsAsync<OperationInterruptedException>(
            () => channel.ExchangeBindAsync("amq.fanout", "amq.direct", "anything"));

        Assert.Equal(Constants.AccessRefused, error.ShutdownReason!.ReplyCode);
    }

    [Fact]
    public async Task Services_connect_as_these_users()
    {
        var users = await Eventually.ReadAsync(
            () => new Database(shop, "postgres").LinesAsync("""
                select distinct datname || ' ' || usename from pg_stat_activity
                where datname in ('catalogdb', 'ordersdb') order by 1
                """),
            users => users.Count >= 2);

        Assert.Equal(["catalogdb catalogdb", "ordersdb ordersdb"], users);
    }
}
