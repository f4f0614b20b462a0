using Npgsql;
using Shop.Data;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Data;

/// <summary>A replica that hangs in the middle of a transaction, which has locked a row.</summary>
[Collection(WholeApplication.Name)]
public sealed class IdleTransactionTests(ShopApp shop)
{
    // The default of a service is 15 s.
    private const string Options = "-c idle_in_transaction_session_timeout=200ms";

    [Fact]
    public async Task Transaction_without_a_statement_is_rolled_back_and_its_locks_are_free()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        await using var replicas = NpgsqlDataSource.Create($"{database.ConnectionString};Options={Options}");
        await RunAsync(replicas.CreateCommand("create table stock (sku text, reserved integer); insert into stock values ('mug', 1)"));
        await using var hanging = await replicas.OpenConnectionAsync();
        await using var transaction = await hanging.BeginTransactionAsync();
        await RunAsync(new NpgsqlCommand("update stock set reserved = 2", hanging));

        // Waits for the lock.
        await RunAsync(replicas.CreateCommand("update stock set reserved = reserved + 10"));

        await using var read = replicas.CreateCommand("select reserved from stock");
        Assert.Equal(11, await read.ExecuteScalarAsync());
        var failure = await Assert.ThrowsAnyAsync<NpgsqlException>(() => RunAsync(new NpgsqlCommand("select 1", hanging)));
        Assert.True(DatabaseErrors.IsTransient(failure), failure.ToString());
    }

    private static async Task RunAsync(NpgsqlCommand command)
    {
        await using (command)
        {
            await command.ExecuteNonQueryAsync();
        }
    }
}
