using Shop.Bench.Application;

namespace Shop.Bench.Soak;

/// <summary>A mix of reads, cart changes and checkouts. New carts and orders are created for as long as the load runs.</summary>
internal sealed class MixedWorkload(ShopApplication shop, CheckoutLoad checkoutLoad)
{
    private readonly string _run = Guid.NewGuid().ToString("n");
    private Guid _lastOrderId;
    private int _step;

    /// <summary>Runs the next step of the mix, whichever client calls.</summary>
    public async Task RunStepAsync(int number)
    {
        var step = Interlocked.Increment(ref _step);
        var cartId = $"{_run}-{step / 20}";
        switch (step % 20)
        {
            case < 8:
                await shop.Catalog.GetAsync(step, "/api/v1/products?limit=20");
                break;
            case < 13:
                await shop.Catalog.GetAsync(step, $"/api/v1/products/{ProductSeed.Sku(step * 7)}");
                break;
            case < 16:
                await checkoutLoad.AddToCartAsync(cartId, step);
                break;
            case 16:
                await shop.Cart.GetAsync(step, $"/api/v1/carts/{cartId}");
                break;
            case 17 when _lastOrderId != Guid.Empty:
                await shop.Orders.GetAsync(step, $"/api/v1/orders/{_lastOrderId}");
                break;
            default:
                _lastOrderId = await checkoutLoad.BuyAsync($"{_run}-buyer-{step}", step);
                break;
        }
    }
}
