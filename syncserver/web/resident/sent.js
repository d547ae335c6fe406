try{localStorage.removeItem('yuexin '+location.pathname.toUpperCase())}catch(e){}
