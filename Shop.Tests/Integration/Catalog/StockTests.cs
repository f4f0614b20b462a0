using System.Net;
using Google.Rpc;
using Grpc.Core;
using Shop.Contracts.Catalog.V1;
using Shop.Tests.Integration.Support;
using CommitOutcome = Shop.Contracts.Catalog.V1.CommitStockResponse.Types.Outcome;
using ReleaseOutcome = Shop.Contracts.Catalog.V1.ReleaseStockResponse.Types.Outcome;
using ReserveOutcome = Shop.Contracts.Catalog.V1.ReserveStockResponse.Types.Outcome;

namespace Shop.Tests.Integration.Catalog;

[Collection(WholeApplication.Name)]
public sealed class StockTests(ShopApp shop)
{
    private readonly CatalogAdminClient _keeper = new(shop);

    [Fact]
    public async Task Two_hundred_buyers_of_the_last_fifty_pieces_buy_exactly_fifty()
    {
        var sku = await _keeper.AddAsync(onHand: 50);
        var visitors = Enumerable.Range(0, 200).Select(_ => new Visitor(shop)).ToList();
        await Task.WhenAll(visitors.Select(visitor => UntilHeardAsync(() => visitor.TryPutAsync(sku, quantity: 1))));

        var answers = await Task.WhenAll(visitors.Select(async visitor => (visitor, response: await UntilHeardAsync(() => visitor.TryCheckOutAsync(key: visitor.CartId)))));

        // Who came when nothing was left to be seen was told so at once; the others have an order, one way or the other.
        Assert.All(answers, answer => Assert.True(answer.response.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.Conflict, $"{answer.response.StatusCode}"));
        var settled = await Task.WhenAll(answers.Where(answer => answer.response.StatusCode is HttpStatusCode.Accepted)
            .Select(answer => answer.visitor.WaitForOutcomeAsync(answer.response.Headers.Location!.ToString())));
        Assert.Equal(50, settled.Count(order => order.Status == "Confirmed"));
        Assert.All(settled.Where(order => order.Status != "Confirmed"), order => Assert.Equal(("Rejected", "out_of_stock"), order));
        Assert.Equal(new Level(0, 0, 0), await _keeper.StockAsync(sku));
    }

    [Fact]
    public async Task Reserving_committing_and_releasing_may_each_be_asked_twice()
    {
        var sku = await _keeper.AddAsync(onHand: 10);
        var kept = new StockClient(shop);
        var given = new StockClient(shop);

        for (var i = 0; i < 2; i++)
            Assert.Equal(ReserveOutcome.Reserved, await kept.ReserveAsync((sku, 3)));
        Assert.Equal(ReserveOutcome.Reserved, await given.ReserveAsync((sku, 4)));
        Assert.Equal(new Level(10, 7, 3), await _keeper.StockAsync(sku));

        for (var i = 0; i < 2; i++)
            Assert.Equal(CommitOutcome.Committed, await kept.CommitAsync());
        for (var i = 0; i < 2; i++)
            Assert.Equal(ReleaseOutcome.Released, await given.ReleaseAsync());
        Assert.Equal(new Level(7, 0, 7), await _keeper.StockAsync(sku));

        Assert.Equal(ReserveOutcome.Committed, await kept.ReserveAsync((sku, 3)));
        Assert.Equal(ReleaseOutcome.Committed, await kept.ReleaseAsync());
        Assert.Equal(ReserveOutcome.Released, await given.ReserveAsync((sku, 4)));
        Assert.Equal(CommitOutcome.Released, await given.CommitAsync());
        Assert.Equal(new Level(7, 0, 7), await _keeper.StockAsync(sku));
    }

    [Fact]
    public async Task All_lines_are_reserved_or_none()
    {
        var (plenty, few) = (await _keeper.AddAsync(onHand: 10), await _keeper.AddAsync(onHand: 1));
        var clerk = new StockClient(shop);

        Assert.Equal(ReserveOutcome.OutOfStock, await clerk.ReserveAsync((plenty, 2), (few, 2), ("NO-SUCH-SKU", 1)));
        Assert.Equal(new Level(10, 0, 10), await _keeper.StockAsync(plenty));

        // A refusal leaves nothing behind: when there is more, the same order may ask again.
        using var more = await _keeper.AdjustAsync(few, 5, "more");
        Assert.Equal(ReserveOutcome.Reserved, await clerk.ReserveAsync((plenty, 2), (few, 2)));
    }

    [Fact]
    public async Task An_order_that_was_released_before_it_asked_finds_the_door_closed()
    {
        var sku = await _keeper.AddAsync(onHand: 1);
        var clerk = new StockClient(shop);
        Assert.Equal(ReleaseOutcome.Released, await clerk.ReleaseAsync());
        Assert.Equal(ReserveOutcome.Released, await clerk.ReserveAsync((sku, 1)));
        Assert.Equal(new Level(1, 0, 1), await _keeper.StockAsync(sku));
    }

    [Fact]
    public async Task What_is_held_too_long_comes_back_to_the_shelf()
    {
        var sku = await _keeper.AddAsync(onHand: 5);
        var clerk = new StockClient(shop);
        await clerk.ReserveAsync((sku, 5));
        Assert.Equal(0, (await _keeper.StockAsync(sku)).Available);

        await clerk.ExpireAsync();

        Assert.Equal(new Level(5, 0, 5), await _keeper.StockAsync(sku));
    }

    [Fact]
    public async Task A_commit_that_comes_late_takes_the_pieces_again_if_they_are_still_there()
    {
        var sku = await _keeper.AddAsync(onHand: 5);
        var clerk = new StockClient(shop);
        await clerk.ReserveAsync((sku, 5));
        await clerk.ExpireAsync();

        Assert.Equal(CommitOutcome.Committed, await clerk.CommitAsync());
        Assert.Equal(new Level(0, 0, 0), await _keeper.StockAsync(sku));
    }

    [Fact]
    public async Task A_commit_that_comes_when_others_have_bought_the_pieces_is_refused_and_takes_nothing()
    {
        var sku = await _keeper.AddAsync(onHand: 5);
        var (late, quick) = (new StockClient(shop), new StockClient(shop));
        await late.ReserveAsync((sku, 3));
        await late.ExpireAsync();
        Assert.Equal(ReserveOutcome.Reserved, await quick.ReserveAsync((sku, 3)));

        Assert.Equal(CommitOutcome.Lost, await late.CommitAsync());
        Assert.Equal(new Level(5, 3, 2), await _keeper.StockAsync(sku));
        Assert.Equal(CommitOutcome.Committed, await quick.CommitAsync());
    }

    [Fact]
    public async Task Whoever_asks_again_holds_anew()
    {
        var sku = await _keeper.AddAsync(onHand: 5);
        var clerk = new StockClient(shop);
        await clerk.ReserveAsync((sku, 5));
        await clerk.ExpireAsync();

        Assert.Equal(ReserveOutcome.Reserved, await clerk.ReserveAsync((sku, 5)));
        Assert.Equal(new Level(5, 5, 0), await _keeper.StockAsync(sku));
    }

    [Fact]
    public async Task Expiry_and_commit_at_the_same_moment_never_take_or_give_twice()
    {
        var sku = await _keeper.AddAsync(onHand: 60);
        var clerks = Enumerable.Range(0, 20).Select(_ => new StockClient(shop)).ToList();
        await Task.WhenAll(clerks.Select(clerk => clerk.ReserveAsync((sku, 3))));

        await Task.WhenAll(clerks.Select(async clerk =>
        {
            await new Database(shop, "catalogdb").RunAsync("update reservations set expires_at = now() - interval '1 second' where order_id = $1 and state = 'Held'", clerk.OrderId);
            Assert.Equal(CommitOutcome.Committed, await clerk.CommitAsync());
        }));

        Assert.Equal(new Level(0, 0, 0), await _keeper.StockAsync(sku));
    }

    [Fact]
    public async Task A_call_that_makes_no_sense_is_told_which_fields_and_why()
    {
        var client = new StockClient(shop).Client;
        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.ReserveStockAsync(new ReserveStockRequest
        {
            OrderId = "7",
            Lines = { new ReservationLine { Sku = "A", Quantity = 0 }, new ReservationLine { Sku = "a b", Quantity = 1 } },
        }));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(["order_id", "lines[0].quantity", "lines[1].sku"], error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field));

        var unknown = await Assert.ThrowsAsync<RpcException>(async () => await client.GetProductAsync(new GetProductRequest { Sku = "NO-SUCH-SKU" }));
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("NO-SUCH-SKU", unknown.GetRpcStatus()!.GetDetail<ResourceInfo>()!.ResourceName);
    }

    [Fact]
    public async Task A_call_whose_time_is_up_ends_and_takes_nothing()
    {
        var sku = await _keeper.AddAsync(onHand: 5);
        var clerk = new StockClient(shop);
        await using var connection = await new Database(shop, "catalogdb").OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var hold = new Npgsql.NpgsqlCommand("select 1 from stock where sku = $1 for update", connection) { Parameters = { new() { Value = sku } } })
            await hold.ExecuteNonQueryAsync();

        var request = new ReserveStockRequest { OrderId = clerk.OrderId.ToString(), Lines = { new ReservationLine { Sku = sku, Quantity = 1 } } };
        var error = await Assert.ThrowsAsync<RpcException>(async () => await clerk.Client.ReserveStockAsync(request, deadline: DateTime.UtcNow.AddMilliseconds(500)));
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);

        // The service has let go of it as well: nobody waits for the row any more.
        await Eventually.ReadAsync(
            () => new Database(shop, "catalogdb").ReadAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"),
            waiting => waiting == 0);
        await transaction.RollbackAsync();
        Assert.Equal(new Level(5, 0, 5), await _keeper.StockAsync(sku));
    }

    [Fact]
    public async Task The_stream_of_products_has_all_of_them_in_the_sequence_of_their_numbers()
    {
        var category = $"stream-{Guid.NewGuid():n}"[..20];
        foreach (var number in Enumerable.Range(0, 5))
            await _keeper.AddAsync(onHand: number, category: category);

        using var call = new StockClient(shop).Client.ListProducts(new ListProductsRequest { Category = category });
        var products = new List<Product>();
        await foreach (var product in call.ResponseStream.ReadAllAsync())
            products.Add(product);

        Assert.Equal(5, products.Count);
        Assert.Equal(products.OrderBy(product => product.Sku, StringComparer.Ordinal).Select(product => product.Sku), products.Select(product => product.Sku));
        Assert.Equal([0, 1, 2, 3, 4], products.Select(product => product.Available).Order());
    }

    // Two hundred at once is more than two cores like: who is told to try again does so, with the same key.
    private static Task<HttpResponseMessage> UntilHeardAsync(Func<Task<HttpResponseMessage>> ask) =>
        Eventually.ReadAsync(ask, answer => answer.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests));
}
