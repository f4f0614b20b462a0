using System.Net;
using Google.Rpc;
using Grpc.Core;
using Npgsql;
using Shop.Contracts.Catalog.V1;
using Shop.Tests.Integration.Support;
using CommitOutcome = Shop.Contracts.Catalog.V1.CommitStockResponse.Types.Outcome;
using ReleaseOutcome = Shop.Contracts.Catalog.V1.ReleaseStockResponse.Types.Outcome;
using ReserveOutcome = Shop.Contracts.Catalog.V1.ReserveStockResponse.Types.Outcome;

namespace Shop.Tests.Integration.Catalog;

[Collection(WholeApplication.Name)]
public sealed class StockTests(ShopApp shop)
{
    private readonly CatalogAdminClient _admin = new(shop);

    [Fact]
    public async Task Fifty_units_are_never_oversold_to_two_hundred_concurrent_customers()
    {
        var sku = await _admin.AddAsync(onHand: 50);
        var visitors = Enumerable.Range(0, 200).Select(_ => new Visitor(shop)).ToList();
        await Task.WhenAll(visitors.Select(visitor => RetryAsync(() => visitor.TryPutAsync(sku, quantity: 1))));

        var checkouts = await Task.WhenAll(visitors.Select(async visitor =>
            (Visitor: visitor, Response: await RetryAsync(() => visitor.TryCheckOutAsync(key: visitor.CartId, expectedTotal: 1500)))));

        // A checkout either is rejected at once, because no stock is left, or results in an order that is confirmed or rejected.
        Assert.All(checkouts, checkout => Assert.True(
            checkout.Response.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.Conflict, $"{checkout.Response.StatusCode}"));
        var orders = await Task.WhenAll(checkouts.Where(checkout => checkout.Response.StatusCode is HttpStatusCode.Accepted)
            .Select(checkout => checkout.Visitor.WaitForOutcomeAsync(checkout.Response.Headers.Location!.ToString())));
        Assert.Equal(50, orders.Count(order => order.Status == "Confirmed"));
        Assert.All(orders.Where(order => order.Status != "Confirmed"), order => Assert.Equal(("Rejected", "out_of_stock"), order));
        Assert.Equal(new Level(0, 0, 0), await _admin.StockAsync(sku));
    }

    [Fact]
    public async Task Reserve_commit_and_release_are_idempotent()
    {
        var sku = await _admin.AddAsync(onHand: 10);
        var committed = new StockClient(shop);
        var released = new StockClient(shop);

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(ReserveOutcome.Reserved, await committed.ReserveAsync((sku, 3)));
        }

        Assert.Equal(ReserveOutcome.Reserved, await released.ReserveAsync((sku, 4)));
        Assert.Equal(new Level(10, 7, 3), await _admin.StockAsync(sku));

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(CommitOutcome.Committed, await committed.CommitAsync());
        }

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(ReleaseOutcome.Released, await released.ReleaseAsync());
        }

        Assert.Equal(new Level(7, 0, 7), await _admin.StockAsync(sku));

        Assert.Equal(ReserveOutcome.Committed, await committed.ReserveAsync((sku, 3)));
        Assert.Equal(ReleaseOutcome.Committed, await committed.ReleaseAsync());
        Assert.Equal(ReserveOutcome.Released, await released.ReserveAsync((sku, 4)));
        Assert.Equal(CommitOutcome.Released, await released.CommitAsync());
        Assert.Equal(new Level(7, 0, 7), await _admin.StockAsync(sku));
    }

    [Fact]
    public async Task All_lines_of_an_order_are_reserved_or_none()
    {
        var (plenty, few) = (await _admin.AddAsync(onHand: 10), await _admin.AddAsync(onHand: 1));
        var clerk = new StockClient(shop);

        Assert.Equal(ReserveOutcome.OutOfStock, await clerk.ReserveAsync((plenty, 2), (few, 2), ("NO-SUCH-SKU", 1)));
        Assert.Equal(new Level(10, 0, 10), await _admin.StockAsync(plenty));

        // A rejected order can reserve once there is more stock.
        using var more = await _admin.AdjustAsync(few, 5, "more");
        Assert.Equal(ReserveOutcome.Reserved, await clerk.ReserveAsync((plenty, 2), (few, 2)));
    }

    [Fact]
    public async Task Reservation_of_a_released_order_is_rejected()
    {
        var sku = await _admin.AddAsync(onHand: 1);
        var clerk = new StockClient(shop);
        Assert.Equal(ReleaseOutcome.Released, await clerk.ReleaseAsync());
        Assert.Equal(ReserveOutcome.Released, await clerk.ReserveAsync((sku, 1)));
        Assert.Equal(new Level(1, 0, 1), await _admin.StockAsync(sku));
    }

    [Fact]
    public async Task Expired_reservation_makes_its_units_available_again()
    {
        var sku = await _admin.AddAsync(onHand: 5);
        var clerk = new StockClient(shop);
        await clerk.ReserveAsync((sku, 5));
        Assert.Equal(0, (await _admin.StockAsync(sku)).Available);

        await clerk.ExpireAsync();

        Assert.Equal(new Level(5, 0, 5), await _admin.StockAsync(sku));
    }

    [Fact]
    public async Task Reservation_that_cannot_be_released_does_not_keep_others_from_expiring()
    {
        var (damaged, intact) = (new StockClient(shop), new StockClient(shop));
        var sku = await _admin.AddAsync(onHand: 5);
        await damaged.ReserveAsync((sku, 2));
        await intact.ReserveAsync((await _admin.AddAsync(onHand: 5), 2));
        var database = new Database(shop, "catalogdb");
        await database.RunAsync("update stock set reserved = 0 where sku = $1", sku);
        await database.RunAsync(
            "update reservations set expires_at = now() - interval '1 minute' where order_id = $1", damaged.OrderId);

        await intact.ExpireAsync();

        // It was tried before, and is tried again later, with a delay that grows.
        await Eventually.ReadAsync(
            () => database.ReadAsync<bool>(
                "select failed_expirations > 0 and expires_at > now() from reservations where order_id = $1", damaged.OrderId),
            postponed => postponed);
        Assert.Equal("Reserved", await damaged.StateAsync());

        await database.RunAsync("update stock set reserved = 2 where sku = $1", sku);
        await damaged.ExpireAsync();
        Assert.Equal(new Level(5, 0, 5), await _admin.StockAsync(sku));
    }

    [Fact]
    public async Task Locked_stock_does_not_keep_other_reservations_from_expiring()
    {
        var (locked, free) = (new StockClient(shop), new StockClient(shop));
        var sku = await _admin.AddAsync(onHand: 5);
        await locked.ReserveAsync((sku, 2));
        await free.ReserveAsync((await _admin.AddAsync(onHand: 5), 2));
        await using (await LockStockAsync(sku))
        {
            await new Database(shop, "catalogdb").RunAsync(
                "update reservations set expires_at = now() - interval '1 minute' where order_id = $1", locked.OrderId);
            await free.ExpireAsync();
            Assert.Equal("Reserved", await locked.StateAsync());
        }

        await Eventually.ReadAsync(locked.StateAsync, state => state == "Expired");
        Assert.Equal(
            0, await new Database(shop, "catalogdb").ReadAsync<int>(
                "select failed_expirations from reservations where order_id = $1", locked.OrderId));
    }

    [Fact]
    public async Task Reservations_that_wait_for_locked_stock_leave_reads_available()
    {
        var (locked, other) = (await _admin.AddAsync(onHand: 100), await _admin.AddAsync(onHand: 100));
        var database = new Database(shop, "catalogdb");
        var client = new StockClient(shop).Client;
        await using (await LockStockAsync(locked))
        {
            var waiting = Enumerable.Range(0, 40).Select(_ => new StockClient(shop).ReserveAsync((locked, 1))).ToList();
            await Eventually.ReadAsync(
                () => database.ReadAsync<long>(
                    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"),
                sessions => sessions >= 10);

            // Within the time that Cart waits for prices.
            var prices = await client.GetProductsAsync(
                new GetProductsRequest { Skus = { locked, other } }, deadline: DateTime.UtcNow.AddSeconds(1));
            Assert.Equal(2, prices.Products.Count);
            using var page = await shop.Catalog.GetAsync($"/api/v1/products/{other}");
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            Assert.Contains(waiting, reservation => !reservation.IsCompleted);

            // They stop waiting before their callers do, with a status that clients do not retry at once.
            var errors = await Task.WhenAll(waiting.Select(reservation => Assert.ThrowsAsync<RpcException>(() => reservation)));
            Assert.All(errors, error => Assert.Equal(StatusCode.Aborted, error.StatusCode));
        }

        Assert.Equal(new Level(100, 0, 100), await _admin.StockAsync(locked));
        Assert.Equal(ReserveOutcome.Reserved, await new StockClient(shop).ReserveAsync((locked, 1)));
    }

    [Fact]
    public async Task Other_products_are_reserved_while_many_orders_wait_for_a_locked_one()
    {
        // As many as Orders handles at a time. Each is redelivered until it succeeds.
        const int Orders = 64;
        var (locked, other) = (await _admin.AddAsync(onHand: 100), await _admin.AddAsync(onHand: 100));
        List<Task> waiting;
        await using (await LockStockAsync(locked))
        {
            waiting = [.. Enumerable.Range(0, Orders).Select(_ => ReserveUntilItSucceedsAsync(new StockClient(shop), locked))];
            await Eventually.ReadAsync(
                () => new Database(shop, "catalogdb").ReadAsync<long>(
                    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"),
                sessions => sessions >= 10);

            for (var i = 0; i < 3; i++)
            {
                // Within the time that Orders waits.
                var order = new StockClient(shop);
                var response = await order.Client.ReserveStockAsync(
                    new ReserveStockRequest
                    {
                        OrderId = order.OrderId.ToString(),
                        Lines = { new ReservationLine { Sku = other, Quantity = 1 } },
                    },
                    deadline: DateTime.UtcNow.AddSeconds(5));
                Assert.Equal(ReserveOutcome.Reserved, response.Outcome);
            }

            Assert.DoesNotContain(waiting, reservation => reservation.IsCompleted);
        }

        await Task.WhenAll(waiting);
        Assert.Equal(new Level(100, Orders, 100 - Orders), await _admin.StockAsync(locked));
    }

    [Fact]
    public async Task Commit_of_an_expired_reservation_succeeds_if_its_units_are_still_available()
    {
        var sku = await _admin.AddAsync(onHand: 5);
        var clerk = new StockClient(shop);
        await clerk.ReserveAsync((sku, 5));
        await clerk.ExpireAsync();

        Assert.Equal(CommitOutcome.Committed, await clerk.CommitAsync());
        Assert.Equal(new Level(0, 0, 0), await _admin.StockAsync(sku));
    }

    [Fact]
    public async Task Commit_of_an_expired_reservation_is_rejected_if_its_units_were_sold()
    {
        var sku = await _admin.AddAsync(onHand: 5);
        var (expired, other) = (new StockClient(shop), new StockClient(shop));
        await expired.ReserveAsync((sku, 3));
        await expired.ExpireAsync();
        Assert.Equal(ReserveOutcome.Reserved, await other.ReserveAsync((sku, 3)));

        Assert.Equal(CommitOutcome.Lost, await expired.CommitAsync());
        Assert.Equal(new Level(5, 3, 2), await _admin.StockAsync(sku));
        Assert.Equal(CommitOutcome.Committed, await other.CommitAsync());
    }

    [Fact]
    public async Task Expired_reservation_can_be_reserved_again()
    {
        var sku = await _admin.AddAsync(onHand: 5);
        var clerk = new StockClient(shop);
        await clerk.ReserveAsync((sku, 5));
        await clerk.ExpireAsync();

        Assert.Equal(ReserveOutcome.Reserved, await clerk.ReserveAsync((sku, 5)));
        Assert.Equal(new Level(5, 5, 0), await _admin.StockAsync(sku));
    }

    [Fact]
    public async Task Concurrent_expiry_and_commit_change_the_stock_once()
    {
        var sku = await _admin.AddAsync(onHand: 60);
        var clerks = Enumerable.Range(0, 20).Select(_ => new StockClient(shop)).ToList();
        await Task.WhenAll(clerks.Select(clerk => clerk.ReserveAsync((sku, 3))));

        await Task.WhenAll(clerks.Select(async clerk =>
        {
            await new Database(shop, "catalogdb").RunAsync(
                "update reservations set expires_at = now() - interval '1 second' where order_id = $1 and state = 'Reserved'",
                clerk.OrderId);
            Assert.Equal(CommitOutcome.Committed, await clerk.CommitWhenUnlockedAsync());
        }));

        Assert.Equal(new Level(0, 0, 0), await _admin.StockAsync(sku));
    }

    [Fact]
    public async Task Invalid_grpc_request_fails_with_field_violations()
    {
        var client = new StockClient(shop).Client;
        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.ReserveStockAsync(new ReserveStockRequest
        {
            OrderId = "7",
            Lines = { new ReservationLine { Sku = "A", Quantity = 0 }, new ReservationLine { Sku = "a b", Quantity = 1 } },
        }));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(
            ["order_id", "lines[0].quantity", "lines[1].sku"],
            error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field));

        var unknown = await Assert.ThrowsAsync<RpcException>(
            async () => await client.GetProductAsync(new GetProductRequest { Sku = "NO-SUCH-SKU" }));
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("NO-SUCH-SKU", unknown.GetRpcStatus()!.GetDetail<ResourceInfo>()!.ResourceName);
    }

    [Fact]
    public async Task Call_that_exceeds_its_deadline_is_rolled_back()
    {
        var sku = await _admin.AddAsync(onHand: 5);
        var clerk = new StockClient(shop);
        var database = new Database(shop, "catalogdb");
        await using var rowLock = await LockStockAsync(sku);
        var request = new ReserveStockRequest
        {
            OrderId = clerk.OrderId.ToString(),
            Lines = { new ReservationLine { Sku = sku, Quantity = 1 } },
        };

        // Shorter than the 500 ms after which the catalog gives up waiting for a lock.
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await clerk.Client.ReserveStockAsync(request, deadline: DateTime.UtcNow.AddMilliseconds(250)));
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);

        // The service has canceled its query: no session waits for the row lock.
        await Eventually.ReadAsync(
            () => database.ReadAsync<long>(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"),
            waiting => waiting == 0);
        await rowLock.DisposeAsync();
        Assert.Equal(new Level(5, 0, 5), await _admin.StockAsync(sku));
    }

    [Fact]
    public async Task Product_stream_contains_all_products_in_the_order_of_their_skus()
    {
        var category = $"stream-{Guid.NewGuid():n}"[..20];
        foreach (var number in Enumerable.Range(0, 5))
        {
            await _admin.AddAsync(onHand: number, category: category);
        }

        using var call = new StockClient(shop).Client.ListProducts(new ListProductsRequest { Category = category });
        var products = new List<Product>();
        await foreach (var product in call.ResponseStream.ReadAllAsync())
        {
            products.Add(product);
        }

        Assert.Equal(5, products.Count);
        var skus = products.Select(product => product.Sku).ToList();
        Assert.Equal(skus.Order(StringComparer.Ordinal), skus);
        Assert.Equal([0, 1, 2, 3, 4], products.Select(product => product.Available).Order());
    }

    // Locks the stock of a product until the connection is disposed, as a session of an administrator does.
    private async Task<NpgsqlConnection> LockStockAsync(string sku)
    {
        var connection = await new Database(shop, "catalogdb").OpenAsync();
        await using var command = new NpgsqlCommand("begin", connection);
        await command.ExecuteNonQueryAsync();
        command.CommandText = "select 1 from stock where sku = $1 for update";
        command.Parameters.Add(new() { Value = sku });
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private static async Task ReserveUntilItSucceedsAsync(StockClient order, string sku)
    {
        var request = new ReserveStockRequest
        {
            OrderId = order.OrderId.ToString(),
            Lines = { new ReservationLine { Sku = sku, Quantity = 1 } },
        };
        while (true)
        {
            try
            {
                await order.Client.ReserveStockAsync(request, deadline: DateTime.UtcNow.AddSeconds(5));
                return;
            }
            catch (RpcException exception) when (exception.StatusCode
                is StatusCode.Aborted or StatusCode.Unavailable or StatusCode.DeadlineExceeded)
            {
            }
        }
    }

    // Two hundred concurrent requests overload a small machine, so a request that fails with 429 or 503 is sent again.
    private static Task<HttpResponseMessage> RetryAsync(Func<Task<HttpResponseMessage>> send) => Eventually.ReadAsync(
        send, response => response.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests));
}
